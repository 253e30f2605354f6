-- What each leaderboard said about the team, so that whoever asks between two of them is told the
-- same: counted afresh, the difference between two looks could be one person's answer.
ALTER TABLE leaderboards ADD COLUMN facts jsonb;
