"""Lines with secrets in their issuers' shapes, and lines with what evidence is joined on, from a seed."""

import base64
import json
import random
import string
from collections.abc import Callable, Iterator

from msgspec import Struct

HEX, _ALNUM = "0123456789abcdef", string.ascii_letters + string.digits
_URLSAFE = _ALNUM + "_-"
WORDS = ("amber", "river", "stone", "cloud", "maple", "tiger", "orbit", "lemon", "paper", "winter", "falcon", "copper")


class Line(Struct, frozen=True):
    """One line with the word that has to go, or has to stay.

    Attributes:
        kind: A group of the table.
        secret: Whether `word` has to go.
    """

    kind: str
    text: str
    word: str
    secret: bool


def of(chance: random.Random, signs: str, least: int, most: int | None = None) -> str:
    """`least` to `most` random signs."""
    return "".join(chance.choices(signs, k=chance.randint(least, most or least)))


def _password(chance: random.Random) -> str:
    made = chance.choice((_phrase, _mixed, _pin))(chance)
    return made if made.lower() not in {"null", "none", "true"} else made + "1"


def _phrase(chance: random.Random) -> str:
    return chance.choice("-_.").join(chance.sample(WORDS, 3)) + str(chance.randint(0, 99))


def _mixed(chance: random.Random) -> str:
    return of(chance, _ALNUM + "!#$%^*-_+~.", 8, 32).lstrip("$*-") + "q7"


def _pin(chance: random.Random) -> str:
    return of(chance, string.digits, 6, 10)


def _base64(chance: random.Random, least: int, most: int) -> str:
    return base64.b64encode(chance.randbytes(chance.randint(least, most))).decode()


def _jwt(chance: random.Random) -> str:
    claims = {
        "sub": str(chance.randint(1, 10**9)),
        "iss": chance.choice(WORDS),
        "exp": chance.randint(10**9, 2 * 10**9),
    }
    parts = [{"alg": chance.choice(("HS256", "RS256")), "typ": "JWT"}, claims]
    coded = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts]
    return ".".join([*coded, of(chance, _URLSAFE, 43)])


def _card(chance: random.Random) -> str:
    start, length = chance.choice(
        (("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16))
    )
    digits = start + of(chance, string.digits, length - len(start) - 1)
    total = sum(
        sum(divmod(2 * int(one), 10)) if place % 2 == 0 else int(one) for place, one in enumerate(reversed(digits))
    )
    digits += str(-total % 10)
    gap = chance.choice(("", " ", "-"))
    if length == 15:
        return gap.join((digits[:4], digits[4:10], digits[10:]))
    return gap.join(digits[at : at + 4] for at in range(0, 16, 4))


def _email(chance: random.Random) -> str:
    user = chance.choice((".", "_", "+", "")).join(chance.sample(WORDS, 2))
    domain = chance.choice(("example", "mail.example", "shop-mail")) + chance.choice(
        (".com", ".org", ".co.uk", ".museum")
    )
    return f"{user}{chance.choice(('', '7', '1988'))}@{domain}"


def _pem(chance: random.Random) -> str:
    body = _base64(chance, 120, 300)
    kind = chance.choice(("RSA ", "EC ", "", "OPENSSH ", "ENCRYPTED "))
    gap = chance.choice(("\\n", "\n"))
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return gap.join((f"-----BEGIN {kind}PRIVATE KEY-----", *lines, f"-----END {kind}PRIVATE KEY-----"))


_TOKENS: tuple[Callable[[random.Random], str], ...] = (
    lambda c: "ghp_" + of(c, _ALNUM, 36),
    lambda c: "github_pat_" + of(c, _ALNUM, 22) + "_" + of(c, _ALNUM, 59),
    lambda c: "glpat-" + of(c, _URLSAFE, 20),
    lambda c: f"xoxb-{of(c, string.digits, 12)}-{of(c, string.digits, 12)}-{of(c, _ALNUM, 24)}",
    lambda c: c.choice(("sk_live_", "rk_live_", "sk_test_", "pk_live_")) + of(c, _ALNUM, 24, 99),
    lambda c: "whsec_" + of(c, _ALNUM, 32),
    lambda c: c.choice(("AKIA", "ASIA")) + of(c, string.ascii_uppercase + "234567", 16),
    lambda c: "AIza" + of(c, _URLSAFE, 35),
    lambda c: "ya29." + of(c, _URLSAFE, 60, 120),
    lambda c: c.choice(("sk-proj-", "sk-ant-api03-", "sk-")) + of(c, _ALNUM, 40, 90),
    lambda c: "hf_" + of(c, string.ascii_letters, 34),
    lambda c: "npm_" + of(c, _ALNUM, 36),
    lambda c: "pypi-AgEIcHlwaS5vcmc" + of(c, _URLSAFE, 80),
    lambda c: f"SG.{of(c, _URLSAFE, 22)}.{of(c, _URLSAFE, 43)}",
    lambda c: "hvs." + of(c, _URLSAFE, 24, 90),
    lambda c: "dop_v1_" + of(c, HEX, 64),
    lambda c: "shpat_" + of(c, HEX, 32),
    lambda c: "dapi" + of(c, HEX, 32),
    lambda c: "dckr_pat_" + of(c, _ALNUM, 27),
    lambda c: "sq0atp-" + of(c, _URLSAFE, 22),
    lambda c: "SK" + of(c, HEX, 32),
    lambda c: "NRAK-" + of(c, string.ascii_uppercase + string.digits, 27),
    lambda c: f"{of(c, string.digits, 9)}:AA{of(c, _URLSAFE, 33)}",
    _jwt,
)
_TOKEN_LINES = (
    "2025-11-11T06:31:02Z ERROR auth refused {}",
    '{{"level":"error","msg":"request failed","credential_used":"{}","status":401}}',
    "Authorization: Bearer {}",
    "curl -H 'Authorization: token {}' https://api.example.com/v1/charges",
    'level=warn msg="retry" token={} attempt=3',
    "GET /callback?access_token={}&state=9 HTTP/1.1",
    "Caused by: java.lang.IllegalStateException: bad key {} at com.shop.Auth.check(Auth.java:12)",
    "env: API_KEY={}",
    "  apiToken: {}",
    "argument --token {} is deprecated",
)
_PASSWORD_LINES = (
    "postgres://app:{}@orders-db:5432/orders?sslmode=disable",
    "jdbc:mysql://db:3306/shop?user=app&password={}&useSSL=false",
    "DSN=catalogue_user:{}@tcp(catalogue-db:3306)/socksdb",
    '{{"user":"app","password":"{}","host":"db"}}',
    '{{\\"password\\":\\"{}\\",\\"user\\":\\"app\\"}}',
    "DB_PASSWORD={}",
    "spring.datasource.password={}",
    "      MYSQL_ROOT_PASSWORD:  {}",
    "passwd: '{}'",
    "connecting with --password {} to db",
    "CREATE USER 'app'@'%' IDENTIFIED BY '{}'",
    "amqp://guest:{}@rabbitmq:5672/",
    "clientSecret={}",
    'client_secret: "{}"',
    "redis://:{}@cache:6379/0",
    "Server=db;Database=shop;User Id=app;Password={};Encrypt=True",
    "DB_PASS={}",
    "password%3D{}",
    "<db.password>{}</db.password>",
    '{{"name":"DB_PASSWORD","value":"{}"}}',
    "{{name: ADMIN_PASSWORD, value: {}}}",
    "- name: MYSQL_ROOT_PASSWORD\n  value: {}",
    "sshpass -p {} ssh ops@bastion",
    "mysql -h db -u root -p{} shop",
    "curl -s -u admin:{} http://grafana:3000/api/health",
    "ENV PASSWORD {}",
)
_NAMED_RANDOM_LINES = (
    "aws_secret_access_key = {}",
    "AccountKey={};EndpointSuffix=core.windows.net",
    "https://store.blob.core.windows.net/c/b?sv=2022-11-02&sig={}",
    "DD_API_KEY={}",
    "x-api-key: {}",
    "Set-Cookie: session={}; Path=/; HttpOnly",
    "encryptionKey: {}",
    '"refresh_token":"{}"',
    "signing secret={}",
    "session_token={}",
    "secret: !!str {}",
)
_CARD_LINES = (
    "charging card {} for order 77",
    '{{"number":"{}","exp":"12/27"}}',
    "pan={} declined",
    "Card no. {}, amount 100",
)
_EMAIL_LINES = (
    "user {} logged in",
    '{{"email":"{}"}}',
    "mail to <{}> bounced",
    "to={} subject=Receipt",
    "login failed for {}: locked",
)


def secrets(chance: random.Random, each: int) -> Iterator[Line]:
    """Lines that hold one secret."""
    for _ in range(each):
        for make in _TOKENS:
            yield line(chance, "token", _TOKEN_LINES, make(chance))
        for _ in range(10):
            yield line(chance, "password", _PASSWORD_LINES, _password(chance))
            yield line(
                chance,
                "named",
                _NAMED_RANDOM_LINES,
                chance.choice((_base64(chance, 24, 64), of(chance, HEX, 32, 40))),
            )
        for _ in range(5):
            yield line(chance, "card", _CARD_LINES, _card(chance))
            yield line(chance, "email", _EMAIL_LINES, _email(chance))
        yield line(chance, "private key", ("tls: failed to load {}", "{}", 'key: "{}"'), _pem(chance))
        word = base64.b64encode(f"{chance.choice(WORDS)}:{_password(chance)}".encode()).decode()
        yield line(
            chance,
            "basic auth",
            ("Authorization: Basic {}", "authorization=Basic {}", '"Authorization":"Basic {}"'),
            word,
        )


def line(chance: random.Random, kind: str, shapes: tuple[str, ...], word: str, *, secret: bool = True) -> Line:
    """A word in one of the shapes, which have a hole for it."""
    return Line(kind, chance.choice(shapes).format(word), word, secret)
