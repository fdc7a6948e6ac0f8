"""What secrets look like: kinds of them, and the words of which each of a kind has one.

The forms are those that GitHub's secret scanning, gitleaks (its default configuration) and detect-secrets 1.5 know, as
far as their beginning tells them from other text; the names are those that people give to what nobody else may read.
Each pattern takes linear time: what repeats is bounded, or cannot begin again in what it took.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of secret: its `traces`, one of which it holds in small letters, and its pattern.

    The group `keep` is what stays of a match: who and where. `gate`, if given, shows faster that there may be one.
    `shape`, a simple pattern in which case does not count, is a trace of what has no word of its own.
    """

    traces: tuple[str, ...]
    pattern: str
    gate: str = ""
    shape: str = ""


# ---- what has a name that tells --------------------------------------------------------------------------------------

_COMPOUNDS = {
    "key": ("api", "access", "account", "private", "encryption", "signing", "subscription", "shared", "master"),
    "token": ("session", "auth", "access", "refresh", "bot", "deploy"),
    "id": ("session",),
}
_WORDS = ("password", "passwd", "passphrase", "secret", "credential", "_pass", "_pwd")
_NAMED = (
    *_WORDS,
    *(f"{one}{link}{what}" for what, ones in _COMPOUNDS.items() for one in ones for link in ("", "_", "-")),
)
_TELLING = "|".join([*_WORDS, *(f"(?:{'|'.join(ones)})[_-]?{what}" for what, ones in _COMPOUNDS.items())])
_ABOUT = r"(?![\w-]{0,40}(?i:name|file|path|dir|length|type|count|policy|size)s?(?:\\?[\"'])?\s?[:=])"
_NAME = rf"(?<![\w-])[\w-]{{0,40}}?(?:{_TELLING}){_ABOUT}[\w-]{{0,40}}"
_IS = r"(?:\\?[\"'])?\s*[:=]\s*"
_GATE = rf"(?i:{_TELLING})[\w-]{{0,40}}{_IS}"

_KEY = r"(?=[A-Za-z0-9/+]{40})(?=[A-Za-z/+]{0,40}[0-9])(?=[a-z0-9/+]{0,40}[A-Z])"
"""A key in base64: of 64 one begins with a slash, too."""

_PATH = (
    rf"(?!{_KEY})"
    r"(?:(?:\.{1,2}|~)?/(?:[\w.-]+/){2}|(?:\.{1,2}|~)/|/(?:etc|run|tmp|var|home|root|mnt|opt|srv|usr)/)"
)
_SAID = (
    r"(?i:none|null|nil|undefined|unset|empty|true|false|yes|no|not|is|are|was|must|may|cannot|has|this|the|an?"
    r"|required|missing|invalid|incorrect|wrong|expired|denied|unknown|str|string|bytes|int|optional|secretstr"
    r"|password|passwd|secret|token|api_?key|credentials?)(?=[\s,;)\]}(\[|]|[.:](?!\w)|$)"
)
_CODE = (
    r"(?:self|cls|this|args|kwargs|os|config|settings|options|request)\."
    r"|[A-Za-z_][\w.]{0,60}(?:\([^()\s]{0,60}\)|\[[^\[\]\s]{1,60}\])(?=[\s,;:.)\]}(\[\"']|$)"
)
_STANDS_FOR_ONE = r"\*\*\*|\$\{|\$[A-Z_]+\b|%s|%\(|\{\w{0,30}\}|<[\w -]{1,30}>|\[\w+\]|-----"
_OTHERWISE = rf"(?!{_SAID}|{_CODE}|{_STANDS_FOR_ONE}|{_PATH}|b?\\?[\"'])"
"""Behind such a name no secret follows, but words about it, code, a placeholder, or the path of its file."""

_OPTIONS = ("-password", "-passwd", "-secret", "-token", "-api-key")
_OPTION = r"(?i:--?(?:password|passwd|secret|token|api-key))"

# ---- lines of a key --------------------------------------------------------------------------------------------------

_MIXED = r"(?=[a-z0-9+/]{0,75}[A-Z])(?=[A-Z0-9+/]{0,75}[a-z])(?=[A-Za-z+/]{0,75}\d)"
"""Base64, and no checksum in hexadecimal digits, no path."""

_ALONE = r"(?:(?<![^\s\"'=:|>\]])|(?<=\\n))"
_WHOLE = rf"{_ALONE}{_MIXED}[A-Za-z0-9+/]{{64}}(?:[A-Za-z0-9+/]{{6}}){{0,2}}(?![A-Za-z0-9+/=])"
_LAST = rf"{_ALONE}(?:[A-Za-z0-9+/]{{2,75}}={{1,2}}|{_MIXED}[A-Za-z0-9+/]{{16,76}})(?![A-Za-z0-9+/=])"
_SUM = rf"{_ALONE}=[A-Za-z0-9+/]{{4}}(?![A-Za-z0-9+/=])"
_BREAK = r"(?:(?:\\r)?\\n|(?:[\\\"'][^\n]{0,200}|[ \t\r]*)\n[^\n]{0,200}?)"
"""Between two lines: what stands behind the one and before the other may be a log's."""

_END = rf"{_BREAK}(?=----?-? ?END [A-Z0-9 ]{{0,40}}PRIVATE KEY)"
_BODY = rf"{_WHOLE}(?:(?:{_BREAK}{_WHOLE})+(?:{_BREAK}{_LAST})?|{_BREAK}{_LAST})(?:{_BREAK}{_SUM})?(?:{_END})?"
_FOOT = (
    rf"(?:{_LAST}|{_ALONE}(?:{_MIXED}[A-Za-z0-9+/]{{8,76}}|[A-Za-z0-9+/]{{2,76}}={{0,2}}(?=[ \t\r]*\n)))"
    rf"(?:{_BREAK}{_SUM})?{_END}"
)

# ---- what begins in its own way --------------------------------------------------------------------------------------

_LETTERS = (
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_", "hf_", "api_org_", "gsk_", "r8_", "sbp_", "nfp_", "rubygems_"),
    *("sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "dop_v1_", "doo_v1_", "dor_v1_", "lin_api_", "dapi"),
    *("shpat_", "shpss_", "shpca_", "shppa_", "NRAK-", "GR1348941", "AGE-SECRET-KEY-1", "LTAI"),
)
"""How tokens begin that go on in letters and digits alone."""

_SIGNS = (
    *("github_pat_", "glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glcbt-", "glimt-", "glptt-", "glagent-"),
    *("gloas-", "xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-", "nvapi-", "pypi-AgE", "ya29."),
    *("GOCSPX-", "dckr_pat_", "hvs.", "hvb.", "hvr.", "ATATT3", "dp.pt.", "dp.st.", "figd_", "glsa_", "glc_", "PMAK-"),
    *("tskey-", "sntrys_", "pplx-", "pscale_"),
)
"""How tokens begin that go on in dashes and underscores, too."""


def _one_of(beginnings: tuple[str, ...]) -> str:
    return "|".join(each.replace(".", r"\.") for each in beginnings)


def _small(beginnings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.lower() for each in beginnings)


KINDS = (
    # keys in lines of their own, also where only their beginning or their end is in view
    Kind(
        ("private key",),
        r"(?s:(?P<keep>BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?----?-?)"
        r".*?(?=----?-? ?END [A-Z0-9 ]{0,40}PRIVATE KEY|\Z))",
    ),
    Kind(
        ("-----end",),
        r"(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/=]{16,}(?:\\n|\s){1,8}){1,200}(?P<keep>)"
        r"(?=-----END [A-Z0-9 ]{0,40}PRIVATE KEY)",
    ),
    Kind(("private-lines",), r"(?P<keep>Private-Lines: \d+\s+)(?:[A-Za-z0-9+/=]{16,}\s*)+"),
    Kind(
        ("private key",),
        rf"(?P<keep>)(?:{_BODY}|{_FOOT})",
        r"\n",
        shape="[a-z0-9+/]{64}",
    ),
    # URLs and command lines
    Kind(("@",), r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://[^\s:/@]*:)[^\s/]+(?=@)"),
    Kind(("@",), r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://)[^\s:/@]{16,}(?=@)"),
    Kind(("jdbc:oracle",), r"(?P<keep>\bjdbc:oracle:\w{1,10}:[^\s/@]{1,100}/)[^\s/@]+(?=@)"),
    Kind(
        ("sig=", "signature=", "key=", "token=", "code="),
        r"(?P<keep>[?&](?i:sig|signature|x-amz-signature|x-amz-security-token|key|token|access_token|code)=)"
        r"[^&\s\"']{4,}",
    ),
    Kind(
        _OPTIONS,
        rf"(?P<keep>{_OPTION} (?P<quote>[\"']))(?!{_STANDS_FOR_ONE})(?:(?!(?P=quote)).){{4,}}",
    ),
    Kind(
        _OPTIONS,
        rf"(?P<keep>{_OPTION}(?:[ =]|[\"'],\s*[\"']))"
        rf"{_OTHERWISE}(?!-)[^\s\"']{{4,}}",
    ),
    Kind(("curl",), r"(?P<keep>\bcurl\b[^\r\n]{0,200}?\s-u\s?[\"']?[^\s:\"']{1,100}:)[^\s\"']+"),
    # headers
    Kind(
        ("authorization", "cookie"),
        rf"(?P<keep>(?i:\b(?:proxy-)?authorization|\b(?:set-)?cookie){_IS}(?:\\?[\"'])?"
        r"(?i:(?:basic|bearer|digest|token|negotiate|ntlm|apikey|aws4-hmac-sha256)\s+)?)"
        r"(?:=\"[^\"\r\n]*\"|[^\"'\r\n])+",
    ),
    Kind(("bearer",), r"(?P<keep>\b(?i:bearer)\s+)[A-Za-z0-9._~+/-]{16,}=*"),
    Kind(
        ("sessid", "sessionid", "connect.sid"),
        r"(?P<keep>\b(?i:(?:php|j|asp)sessid|jsessionid|sessionid|connect\.sid)=)[^\s;,\"'>]{8,}",
    ),
    # names and their values
    Kind(_NAMED, rf"(?P<keep>(?i:{_NAME}){_IS}b?\\?(?P<quote>[\"']))(?:(?!(?P=quote)|\\[\"']).){{4,}}", _GATE),
    Kind(_NAMED, rf"(?P<keep>(?i:{_NAME}){_IS}){_OTHERWISE}[^\s\"',;&)}}\]]{{4,}}", _GATE),
    Kind(
        ("token",),
        rf"(?P<keep>(?i:(?<![\w-])[\w-]{{0,40}}token){_IS}b?(?:\\?[\"'])?)"
        rf"(?!{_PATH}|\d+(?![\w.~+/-]))(?=[^\s\"']{{0,80}}\d|[A-Za-z]{{24}})[A-Za-z0-9._~+/-]{{8,}}=*",
    ),
    Kind((";pwd", "; pwd"), r"(?P<keep>(?i:;\s?pwd\s?=\s?))[^\s;\"']{4,}"),
    Kind(
        ("<password>", "<passwd>", "<secret>", "<token>"),
        r"(?P<keep>(?i:<(?:password|passwd|secret|token)>))[^<]{4,}",
    ),
    # tokens of known services
    Kind(
        ("akia", "asia", "abia", "acca", "aiza", "akid", "sg.", "8q~", "7q~", ":aa", "xai-", "pul-"),
        r"(?P<keep>(?<!\d)\d{8,10}:)AA[\w-]{30,36}(?![\w-])|\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}|\bAKID[A-Za-z0-9]{32}\b"
        r"|\bSG\.[\w-]{22}\.[\w-]{43}|\bxai-[A-Za-z0-9]{70,}|\bpul-[0-9a-f]{40}\b"
        r"|(?<![\w~.-])[\w~.]{3}[78]Q~[\w~.-]{31,34}(?![\w~.-])",
    ),
    Kind(_small(_LETTERS), rf"(?P<keep>)(?<!\w)(?:{_one_of(_LETTERS)})[A-Za-z0-9]{{20,}}\b"),
    Kind(_small(_SIGNS), rf"(?P<keep>)(?<!\w)(?:{_one_of(_SIGNS)})(?=[\w=-]{{0,80}}\d)[\w=-]{{16,}}"),
    Kind(
        ("sk-",),
        r"(?P<keep>)(?<![\w-])sk-(?:(?=[\w-]{0,40}\d)(?=[\w-]{0,40}[A-Z])[\w-]{20,}|[\w-]{0,12}[0-9a-f]{32,})",
    ),
    Kind(
        ("hooks.slack.com", "api/webhooks/", "webhook.office.com"),
        r"(?P<keep>\bhooks\.slack\.com/(?:services|workflows|triggers)/|/api/webhooks/\d+/"
        r"|\.webhook\.office\.com/webhookb2/)[\w/@-]+",
    ),
    Kind(("/bot",), r"(?P<keep>/bot\d{6,12}:)[\w-]{30,}"),
    Kind(("sq0atp-", "sq0csp-"), r"(?P<keep>)(?<!\w)sq0(?:atp|csp)-[\w-]{16,}"),
    Kind(
        ("eaa",),
        r"(?P<keep>)(?<![\w+/=])EAA(?=[A-Za-z]{0,80}\d)[A-Za-z0-9_-]{57,}(?![\w+/=])",
    ),
    Kind((), r"(?P<keep>)\bSK[0-9a-f]{32}\b", shape="sk[0-9a-f]{32}"),
    Kind(("ops_eyj",), r"(?P<keep>)\bops_eyJ[\w-]{20,}={0,2}"),
    Kind(("eyj",), r"(?P<keep>)\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"),
)
"""The first of them goes first: what it leaves is what the others see."""
