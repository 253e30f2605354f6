-- What each leaderboard said about the team, so that whoever asks between two of them is told the
-- same: counted afresh, the difference between two looks could be one person's answer. `basis` is
-- what the newest one's numbers rest on, which tells whether the next may be counted anew.
ALTER TABLE leaderboards ADD COLUMN facts jsonb, ADD COLUMN basis jsonb;
