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
}
_WORDS = ("password", "passwd", "passphrase", "secret", "credential", "_pass", "_pwd")
_LONGER = {"secret": "(?!ar)", "_pass": "(?!e[ds]|i|en|age|thr)"}
"""How words go on that only begin as these do: a secretary, tests_passed."""

_NAMED = (
    *_WORDS,
    *(f"{one}{link}{what}" for what, ones in _COMPOUNDS.items() for one in ones for link in ("", "_", "-")),
)
_TELLING = "|".join(
    [
        *(word + _LONGER.get(word, "") for word in _WORDS),
        *(f"(?:{'|'.join(ones)})[_-]?{what}" for what, ones in _COMPOUNDS.items()),
    ]
)
_OF_IT = "name|file|path|dir|length|type|count|policy|size|header|param|field|column|prefix|hint|label|format|ttl"
_ABOUT = rf"(?![\w-]{{0,40}}(?i:{_OF_IT})s?(?:\\?[\"'])?\s?[:=])"
_NAME = rf"(?<![\w-])[\w-]{{0,40}}?(?:{_TELLING}){_ABOUT}[\w-]{{0,40}}"
_SIGN = r"\s*(?::=|=>|==(?!\s)|=(?![=>])|:(?![:=]))\s*"
_QUOTE = r"\\{0,3}[\"']"
"""A quote, in a text that stands quoted in another one, too."""

_IS = rf"(?:{_QUOTE})?{_SIGN}"
_IS_QUOTED = rf"(?:{_QUOTE}\]?)?{_SIGN}"
_GATE = rf"(?i:{_TELLING})[\w-]{{0,40}}{_IS_QUOTED}"

_QUOTED = r"(?!(?P=quote))(?:\\{3}[\"']|\\.|[^\\\r\n])"
_INSIDE = f"(?:{_QUOTED}){{4,}}"
"""What stands between quotes: an escaped one ends nothing."""

_NEXT_ONE = r"(?:amp;)?[\w.-]{1,40}\s?[:=]|[A-Za-z]{1,20}(?: [A-Za-z]{1,20}){1,3}\s?="
_VALUE = rf"(?:[^\s\"',;&)}}\]]|[,;&](?=[\w!#$%*+~^-])(?!{_NEXT_ONE})|[)}}\]](?=\w)){{4,}}"
"""A value without quotes: a separator in it is a part of it, unless another name or the end follows."""

_KEY = r"(?=[A-Za-z0-9/+]{40})(?=[A-Za-z/+]{0,40}[0-9])(?=[a-z0-9/+]{0,40}[A-Z])"
"""A key in base64: of 64 one begins with a slash, too."""

_PATH = (
    rf"(?!{_KEY})"
    r"(?:(?:\.{1,2}|~)?/(?:[\w.-]+/){2}|(?:\.{1,2}|~)/|/(?:etc|run|tmp|var|home|root|mnt|opt|srv|usr)/)"
)
_SAID = (
    r"(?i:none|null|nil|undefined|unset|empty|true|false|yes|no|not|is|are|was|must|may|cannot|has|this|the|an?"
    r"|required|missing|invalid|incorrect|wrong|expired|denied|unknown|str|string|bytes|int|optional|secretstr"
    r"|password|passwd|secret|token|api_?key|credentials?)(?=[\s)\]}(\[|]|[.:](?!\w)|$"
    rf"|[,;](?!(?=[A-Za-z_]\w{{0,40}}\d)(?!{_NEXT_ONE})))"
)
_CODE = (
    r"(?:self|cls|this|args|kwargs|os|config|settings|options|request)\."
    r"|[A-Za-z_][\w.]{0,60}(?:\([^()\s]{0,60}\)|\[[^\[\]\s]{1,60}\])(?=[\s,;:.)\]}(\[\"']|$)"
)
_STANDS_FOR_ONE = r"\*\*\*|\$\{|\$[A-Z_]+\b|%s|%\(|\{\w{0,30}\}|<[\w -]{1,30}>|\[\w+\]|-----"
_OTHERWISE = rf"(?!{_SAID}|{_CODE}|{_STANDS_FOR_ONE}|{_PATH}|[bBfFrRuU]{{0,2}}{_QUOTE})"
"""Behind such a name no secret follows, but words about it, code, a placeholder, or the path of its file."""

_OPTIONS = ("-password", "-passwd", "-secret", "-token", "-api-key")
_OPTION = r"(?i:--?(?:password|passwd|secret|token|api-key))"

_MAYBE_QUOTE = rf"(?P<quote>{_QUOTE})?(?!{_STANDS_FOR_ONE})"
_GIVEN = rf"(?:{_QUOTE},\s?|[ =])?{_MAYBE_QUOTE}"
_UP_TO = r"(?:(?![\s\"']-p)[^\r\n|;&]){0,200}[\s\"']"
_ARGUMENT = rf"(?(quote){_QUOTED}|(?:\\(?![\\\"'])|[^\s\"'\\]))"
"""What is given to an option, with quotes or without, also where a list of arguments is printed."""

_SHORT_TRACES = tuple(name + sign for name in ("pwd", "pass", "pw") for sign in ("=", " =", ":", " :", '"', "'", "\\"))
_DIRECTORY = rf"(?:{_PATH}|[A-Za-z]:[\\/]|[.~]{{0,2}}/|[^\s\"']{{0,80}}/[^\s\"'/]{{0,80}}/)"
_ODD = r"(?=[^\s\"']{0,80}[A-Za-z])(?=[^\s\"']{0,80}[\d!@#$%^*?])"
"""What a value holds that is no word and no number."""

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
    Kind(
        ("@",),
        r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://[^\s:/@\[]{1,100}:)(?!\d{1,5}[/?#,]|[${<%])"
        r"(?:(?!://)[^\s/@\"']){1,100}/(?:(?!://)[^\s@\"'<>]){0,200}(?=@)",
    ),
    Kind(("@",), r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://)[^\s:/@]{16,}(?=@)"),
    Kind(
        ("@",),
        r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://)"
        r"(?:(?=[\w-]{0,40}\d)(?=[\w-]{0,40}[A-Z])(?=[\w-]{0,40}[a-z])[\w-]{12,15}(?=@)"
        r"|(?=[\w-]{0,40}\d)[\w-]{20,200}(?=:[^\s/@]{0,100}@))",
    ),
    Kind(("jdbc:oracle",), r"(?P<keep>\bjdbc:oracle:\w{1,10}:[^\s/@]{1,100}/)[^\s/@]+(?=@)"),
    Kind(
        ("sig=", "signature=", "key=", "token=", "code="),
        r"(?P<keep>[?&](?i:sig|signature|x-amz-signature|x-amz-security-token|key|token|access_token|code)=)"
        r"[^&\s\"']{4,}",
    ),
    Kind(
        _OPTIONS,
        rf"(?P<keep>{_OPTION}[ =](?P<quote>{_QUOTE}))(?!{_STANDS_FOR_ONE}){_INSIDE}",
    ),
    Kind(
        _OPTIONS,
        rf"(?P<keep>{_OPTION}(?:[ =]|[\"'],\s*[\"']))"
        rf"{_OTHERWISE}(?!-)[^\s\"']{{4,}}",
    ),
    Kind(("curl",), r"(?P<keep>\bcurl\b[^\r\n]{0,200}?\s-u\s?[\"']?[^\s:\"']{1,100}:)[^\s\"']+"),
    Kind(("sshpass",), rf"(?P<keep>\bsshpass[\s\"',]{{1,4}}-p{_GIVEN})(?:{_ARGUMENT})+"),
    Kind(
        ("mysql", "mariadb"),
        rf"(?P<keep>(?<![\w.-])(?:mysql|mariadb)[\w-]{{0,20}}\b{_UP_TO}-p{_MAYBE_QUOTE})"
        rf"(?!(?:rint0?|rune|ath|erm|ort|rogress|rotocol|assword)\b)(?:{_ARGUMENT}){{4,}}",
    ),
    Kind(
        ("login",),
        rf"(?P<keep>\b(?:docker|podman|buildah|skopeo|nerdctl|oras|helm|oc|az)[\s\"',]{{1,4}}"
        rf"(?:(?:registry|acr)[\s\"',]{{1,4}})?login\b"
        rf"{_UP_TO}-p{_GIVEN})(?:{_ARGUMENT}){{4,}}",
    ),
    Kind(
        ("login",),
        r"(?P<keep>\b(?:machine\s+\S{1,100}|default)\s+login\s+\S{1,100}\s+password\s+)(?!\*\*\*|[$%{<])\S{4,}",
    ),
    Kind(
        ("login",),
        rf"(?P<keep>\blogin\s+\S{{1,100}}\s+password\s+){_OTHERWISE}(?!\{{)(?=\S{{0,80}}\d)\S{{4,}}",
    ),
    # headers
    Kind(
        ("authorization", "cookie"),
        rf"(?P<keep>(?i:\b(?:proxy-)?authorization|\b(?:set-)?cookie){_IS}(?:\\?[\"'])?"
        r"(?i:(?:basic|bearer|digest|token|negotiate|ntlm|api-?key|aws4-hmac-sha256)\s+)?)"
        r"(?:=\"[^\"\r\n]*\"|[^\"'\r\n])+",
    ),
    Kind(
        ("authorization",),
        rf"(?P<keep>(?i:authorization){_QUOTE},\s*b?{_QUOTE}(?i:basic|bearer|digest|token|api-?key)\s+)(?![$%{{<])[^\"'\\\r\n]+",
    ),
    Kind(("bearer",), r"(?P<keep>\b(?i:bearer)\s+)[A-Za-z0-9._~+/-]{16,}=*"),
    Kind(
        ("api-key ", "apikey "),
        r"(?P<keep>\b(?i:api-?key)\s+)(?=[A-Za-z._~+/-]{0,80}\d)[A-Za-z0-9._~+/-]{16,}=*",
    ),
    Kind(
        ('auth"', "auth'", "auth\\"),
        rf"(?P<keep>{_QUOTE}auth{_QUOTE}\s?:\s?{_QUOTE})"
        r"(?=[A-Za-z0-9+/]{0,400}[0-9=])(?=[a-z0-9+/]{0,80}[A-Z])(?:[A-Za-z0-9+/]{4}){2,400}"
        r"(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?=[\\\"'])",
    ),
    Kind(
        ("sessid", "sessionid", "connect.sid"),
        r"(?P<keep>\b(?i:(?:php|j|asp)sessid|jsessionid|sessionid|connect\.sid)=)[^\s;,\"'>]{8,}",
    ),
    # names and their values
    Kind(
        _NAMED,
        rf"(?P<keep>(?i:{_NAME})(?:{_QUOTE}\]?)?[ \t]*:?=[ \t]*b?(?P<quote>\"{{3}}|'{{3}}))"
        r"(?:(?!(?P=quote))(?s:.)){4,}",
        _GATE,
    ),
    Kind(_NAMED, rf"(?P<keep>(?i:{_NAME}){_IS_QUOTED}b?(?P<quote>{_QUOTE})){_INSIDE}", _GATE),
    Kind(_NAMED, rf"(?P<keep>(?i:{_NAME}){_IS}){_OTHERWISE}{_VALUE}", _GATE),
    Kind(
        _NAMED,
        rf"(?P<keep>\b(?i:key|name)(?:{_QUOTE})?\s?[:=]\s?{_QUOTE}(?i:[\w:.-]{{0,40}}?(?:{_TELLING})"
        rf"(?![\w-]{{0,40}}(?:{_OF_IT}))[\w-]{{0,40}}){_QUOTE}"
        rf"[\s,]{{1,8}}(?:{_QUOTE})?(?i:value)(?:{_QUOTE})?\s?[:=]\s?(?P<quote>{_QUOTE})){_INSIDE}",
        r"(?i:value)",
    ),
    Kind(
        _SHORT_TRACES,
        rf"(?P<keep>(?<![\w-])(?i:pwd|pw|(?P<word>pass)){_IS_QUOTED}b?(?P<quote>{_QUOTE}))"
        rf"(?!{_DIRECTORY}|{_STANDS_FOR_ONE})(?(word){_ODD}){_INSIDE}",
    ),
    Kind(
        _SHORT_TRACES,
        rf"(?P<keep>(?<![\w/-])(?i:pwd|pass|pw)(?:{_QUOTE})?\s?=\s?){_OTHERWISE}(?!{_DIRECTORY}){_ODD}{_VALUE}",
    ),
    Kind(
        ("otp",), rf"(?P<keep>(?<![\w-])(?i:otp){_IS}(?:{_QUOTE})?)(?=[A-Za-z]{{0,11}}\d)[A-Za-z0-9]{{6,12}}(?![\w.])"
    ),
    Kind(
        ("session_id", "session-id", "sessionid"),
        rf"(?P<keep>(?i:(?<![\w-])[\w-]{{0,40}}?session[_-]?id){_IS}b?(?:{_QUOTE})?)"
        r"(?=[^\s\"']{0,80}\d)[A-Za-z0-9._~+/%-]{16,}=*",
    ),
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
