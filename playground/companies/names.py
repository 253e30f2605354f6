"""What people are called, as they write it themselves, and in letters for logins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """Names of one script or language, `native/ascii`, and where such people live.

    `first_day` is when the working week begins (Monday is 0); `family_first` and `joined` say how
    a whole name is written.
    """

    zones: tuple[str, ...]
    given: tuple[str, ...]
    family: tuple[str, ...]
    first_day: int = 0
    family_first: bool = False
    joined: str = " "

    def full(self, given: str, family: str) -> str:
        """The whole name in its own script."""
        first, last = (family, given) if self.family_first else (given, family)
        return f"{first}{self.joined}{last}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


REGIONS = (
    Region(
        ("Europe/London", "America/New_York", "America/Chicago", "America/Los_Angeles"),
        _words(
            "Alice Ben Chloe Daniel Ella Finn Grace Henry Isla Jack Kate Liam Maya Noah Olive Paul "
            "Quinn Ruth Sam Tess Una Victor Wes Zara"
        ),
        _words(
            "Abbott Baker Carter Dawson Ellis Foster Grant Hughes Ingram Jenkins Knight Lawson "
            "Mercer Norris Osborne Parker Quigley Reed Shaw Turner Vaughn Walsh Yates O'Hara/ohara"
        ),
    ),
    Region(
        ("Europe/Berlin", "Europe/Stockholm", "Europe/Paris"),
        _words(
            "Jürgen/juergen Anneliese Bjørn/bjorn Céline/celine Dörte/doerte Emil Françoise/francoise "
            "Göran/goran Heike Inès/ines Jörg/joerg Käthe/kaethe Loïc/loic Märta/marta Noémie/noemie"
        ),
        _words(
            "Müller/mueller Schröder/schroeder Åkesson/akesson Øster/oster Lefèvre/lefevre "
            "Großmann/grossmann Lindqvist Bäcker/baecker Dupré/dupre Jørgensen/jorgensen Weiß/weiss "
            "Sjöberg/sjoberg Nuñez/nunez D'Amico/damico"
        ),
    ),
    Region(
        ("Europe/Warsaw", "Europe/Prague"),
        _words(
            "Agnieszka Łukasz/lukasz Żaneta/zaneta Jiří/jiri Václav/vaclav Małgorzata/malgorzata"
        ),
        _words(
            "Wiśniewski/wisniewski Dvořák/dvorak Kowalczyk Šťastný/stastny Zając/zajac Nowák/nowak"
        ),
    ),
    Region(
        ("Europe/Kyiv",),
        _words("Олена/olena Андрій/andrii Ірина/iryna Зоряна/zoriana Юрій/yurii"),
        _words("Шевченко/shevchenko Коваль/koval Нікітюк/nikitiuk Гнатюк/hnatiuk"),
    ),
    Region(
        ("Europe/Athens",),
        _words("Ελένη/eleni Γιώργος/giorgos Δήμητρα/dimitra Θανάσης/thanasis"),
        _words("Παππάς/pappas Βλάχος/vlachos Γεωργίου/georgiou"),
    ),
    Region(
        ("Africa/Lagos", "Africa/Nairobi"),
        _words("Amara Chinedu Ngozi Wanjiru Kwame Adaeze Tunde Achieng Ọlá/ola Zainab"),
        _words("Okafor Adeyemi Mwangi Ochieng Eze Balogun Kamau Nwosu Abẹ̀bí/abebi Danjuma"),
    ),
    Region(
        ("Asia/Amman", "Africa/Cairo"),
        _words("ليلى/layla عمر/omar هدى/huda ياسين/yaseen سلمى/salma خالد/khaled"),
        _words("حداد/haddad الخطيب/alkhatib منصور/mansour نجار/najjar السيد/elsayed"),
        first_day=6,
    ),
    Region(
        ("Asia/Jerusalem",),
        _words("נועה/noa איתן/eitan תמר/tamar יואב/yoav"),
        _words("לוי/levi מזרחי/mizrahi פרץ/peretz שגב/segev"),
        first_day=6,
    ),
    Region(
        ("Asia/Kolkata",),
        _words("प्रिया/priya अर्जुन/arjun Kavya Rohan Meera Vikram ஆனந்த்/anand Divya"),
        _words("Raman शर्मा/sharma Iyer Patel குமார்/kumar Banerjee Nair Reddy"),
    ),
    Region(
        ("Asia/Shanghai", "Asia/Singapore"),
        _words("思远/siyuan 雨桐/yutong 浩然/haoran 欣怡/xinyi 子涵/zihan 明/ming"),
        _words("陈/chen 王/wang 李/li 张/zhang 欧阳/ouyang 林/lin 赵/zhao"),
        family_first=True,
        joined="",
    ),
    Region(
        ("Asia/Tokyo",),
        _words("さくら/sakura 健太/kenta 陽子/yoko 大輔/daisuke 美咲/misaki"),
        _words("佐藤/sato 鈴木/suzuki 高橋/takahashi 渡辺/watanabe 山本/yamamoto"),
        family_first=True,
    ),
    Region(
        ("Asia/Seoul",),
        _words("민준/minjun 서연/seoyeon 지호/jiho 하은/haeun"),
        _words("김/kim 이/lee 박/park 최/choi 정/jung"),
        family_first=True,
        joined="",
    ),
    Region(
        ("America/Sao_Paulo", "America/Mexico_City", "America/Bogota"),
        _words("João/joao Beatriz Íris/iris Diego Sofía/sofia Andrés/andres Luana Íñigo/inigo"),
        _words(
            "Conceição/conceicao Fuentes Muñoz/munoz Araújo/araujo Peña/pena Castañeda/castaneda"
        ),
    ),
)
"""Several scripts, because real companies have them; more of the first, as real ones do too."""

REPOSITORIES = _words(
    "orders web infra billing search mobile auth catalog payments shipping reports gateway "
    "notifications pricing inventory data-platform design-system docs ml-ranking support-tools"
)
TEAMS = _words(
    "Checkout Search Platform Mobile Payments Identity Catalog Logistics Insights Growth Infra "
    "Pricing Support Messaging Security Data Design Partners Billing Docs"
)
TITLES = (
    "Retry the payment webhook when the bank answers 503",
    "Cache the price list for five minutes",
    "Show the delivery date in the customer's own time zone",
    "Sort umlauts where readers expect them: Äpfel before Zebra 🦓",
    "Stop the cart from losing its last item",
    "Read feature flags once a request",
    "Cursor pagination for the orders list",
    "Escape `<script>` in product titles & elsewhere",
    "支付回调失败时重试三次",
    "Log why a refund was declined",
    "Remove the old invoice exporter",
    "Warn before a discount makes a price negative",
    "Index the stock page's slowest query",
    "Make the search box usable by keyboard",
    "إظهار تاريخ التسليم في رسائل البريد",
    "Split the nightly export in two",
    "Say in plain words why a card was declined",
    "Drop a column nobody has read since March",
    "Fewer round trips when a basket is opened",
    "Test that two refunds at once pay out once",
    "Let support see what the customer saw",
    "注文一覧の読み込みを速くする",
    "Rename `flag2` to what it does",
    "Keep tax rounding out of the template",
    "Queue e-mails instead of sending them at once",
    "Time out the address lookup after two seconds",
    "One place for currency formats",
    "Skip images nobody scrolled to",
    "Undo for deleted saved searches",
    "Backfill missing country codes",
    "Alert when the queue is older than a minute",
    "Upgrade the date picker",
    "Explain the three states of a parcel in code",
    "Добавить проверку адреса доставки",
    "Smaller thumbnails for slow connections",
    "Refuse passwords from the leaked list",
    "Move the rate limiter before the parser",
    "Trim whitespace in voucher codes",
    "Make the flaky checkout test wait for the event",
    "Measure how long a warehouse takes to confirm",
)
