"""The sections of the HTML page, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gate.model import Issue, Report, Rule, Verdict
from gate.reports import words
from gate.reports.escape import one_line
from gate.reports.markup import Html, html, joined, text
from gate.reports.page import Group, IssueView, Page
from gate.reports.parts import cut, logs, path, problem, time, verdict
from gate.reports.words import Problem, Streamed

_HEADLINES: dict[Verdict, str] = {
    "pass": "Passed",
    "fail": "Failed",
    "error": "Could not be judged",
    "skipped": "Skipped",
}
_CAUSES = 5
_GLANCE = 8
_STREAMS = 500
_LEFTOVERS = 100
_SKIPPED = 300
_RULES = 500
_ENVIRONMENT = 100


# ---- banner ----------------------------------------------------------------------------------------------------------

_BANNER = """\
<header class="banner">
<p class="brand">loggate <span>report</span></p>
<h1><span class="mark" aria-hidden="true">{}</span> {}</h1>
<p class="reason">{}</p>
<dl class="counts">
<div><dt>testcases</dt><dd>{}</dd></div>
<div><dt>findings</dt><dd>{}</dd></div>
<div><dt>took</dt><dd><span><b>{}</b></span></dd></div>
<div><dt>finished</dt><dd><span>{}</span></dd></div>
</dl>
{}{}<nav aria-label="Sections">
<a href="#matrix">Matrix</a>
<a href="#issues">Issues <span>{}</span></a>
<a href="#testcases">Testcases <span>{}</span></a>
{}{}{}<a href="#rules">Rules <span>{}</span></a>
<a href="#run">This run</a>
</nav>
</header>"""


def banner(page: Page) -> Html:
    report = page.report
    tests, found = report.counts.testcases, report.counts.findings
    streams, shared, skipped = len(page.streams), len(report.shared.logs), len(report.skipped)
    return html(
        _BANNER,
        words.SYMBOLS[report.verdict],
        _HEADLINES[report.verdict],
        text(report.reason),
        _counts(("fail", tests.fail), ("error", tests.error), ("skipped", tests.skipped), ("pass", tests.passed)),
        _counts(("new", found.new), ("known", found.known), ("waived", found.waived)),
        _took(report),
        time(report.finished),
        _causes(page),
        _glance(page),
        f"{len(report.issues):,}",
        f"{len(report.testcases):,}",
        html('<a href="#streams">Streamed logs <span>{}</span></a>', f"{streams:,}") if streams else "",
        html('<a href="#shared-logs">Shared logs <span>{}</span></a>', shared) if shared else "",
        html('<a href="#skipped">Skipped files <span>{}</span></a>', f"{skipped:,}") if skipped else "",
        len(report.rules),
    )


def _counts(*counts: tuple[str, int]) -> Html:
    """The first count always (a zero of what matters most is good to read), the others where they count something."""
    shown = [counts[0], *((name, count) for name, count in counts[1:] if count)]
    form = '<span class="{}"><b>{}</b> {}</span>'
    return joined(html(form, name if count else "none", f"{count:,}", name) for name, count in shown)


def _took(report: Report) -> str:
    try:
        seconds = (datetime.fromisoformat(report.finished) - datetime.fromisoformat(report.started)).total_seconds()
    except (ValueError, TypeError):  # a clock that cannot be read, or one with and one without an offset
        return "?"
    return words.duration(seconds)


def _causes(page: Page) -> Html:
    causes = page.report.causes
    if not causes:
        return Html()
    rest = words.number(len(causes) - _CAUSES, "more cause")
    return html(
        '<ul class="causes" aria-label="Causes">\n{}{}</ul>\n',
        joined(
            html("<li>{} {}</li>\n", text(one_line(cause.text, 300)), path(page, cause.path, cause.line))
            for cause in causes[:_CAUSES]
        ),
        html("<li>{}: report.json has all</li>", rest) if len(causes) > _CAUSES else "",
    )


def _glance(page: Page) -> Html:
    views, problems = page.new.views[:_GLANCE], page.problems[:_GLANCE]
    if not views and not problems:
        return Html()
    issues, verdicts = page.new.total - len(views), len(page.problems) - len(problems)
    more = '<li><a class="what" href="#{}">{}{}</a></li>'
    return html(
        '<section class="glance" aria-labelledby="glance-title">\n<h2 id="glance-title">What to look at</h2>\n'
        "<ul>\n{}{}{}{}</ul>\n</section>\n",
        joined(_glance_issue(page, view) for view in views),
        html(more, "issues", words.number(issues, "more new issue"), "") if issues > 0 else "",
        joined(map(_glance_problem, problems)),
        html(more, "testcases", words.number(verdicts, "more verdict"), " without a finding") if verdicts > 0 else "",
    )


def _glance_issue(page: Page, view: IssueView) -> Html:
    issue = view.issue
    finding = words.first_finding(issue)
    return html(
        '<li><a class="what" href="#i{}"><span class="chip new">#{}</span> {}</a>\n'
        '<span class="where"><b>{}×</b> on {}{}{}</span></li>\n',
        view.number,
        view.number,
        text(one_line(issue.title, 160)),
        f"{issue.count:,}",
        text(words.listing(words.sites(issue), 4)),
        _in_testcases(issue),
        html(", first in {}", path(page, finding.path, finding.line)) if finding else "",
    )


def _in_testcases(issue: Issue) -> Html:
    names = words.testcases(issue)
    return html(" in {} testcases", len(names)) if len(names) > 1 else html(" in {}", text(words.listing(names, 1)))


def _glance_problem(found: Problem) -> Html:
    form = '<li><span class="what">{} {}</span>\n<span class="where">{}</span></li>\n'
    return html(form, verdict(found.verdict), text(found.where), text(one_line(found.reason, 300)))


# ---- matrix, issues, testcases ---------------------------------------------------------------------------------------

_MATRIX = """\
<div class="scroll" role="region" aria-labelledby="matrix-title" tabindex="0">
<table class="matrix">
<thead><tr><th scope="col">testcase</th>{}</tr></thead>
<tbody>
{}</tbody>
</table>
</div>
{}{}{}"""


def matrix(page: Page) -> Iterator[Html]:
    yield Html('<section id="matrix" aria-labelledby="matrix-title">\n<h2 id="matrix-title">Testcases × sites</h2>\n')
    if page.matrix:
        legend = (
            '<p class="legend">A number such as <span class="chip new">#1</span> '
            "leads to the site's findings of that issue.</p>"
        )
        sites = (
            '<p class="cut"><strong>{} more</strong> sites have no column here; '
            '<a href="#testcases">the testcases</a> list them.</p>'
        )
        hidden = len(page.sites) - len(page.columns)
        yield html(
            _MATRIX,
            joined(html('<th scope="col">{}</th>', text(site)) for site in page.columns),
            joined(page.matrix),
            Html(legend if page.report.issues else ""),
            html(sites, hidden) if hidden > 0 else "",
            _cut_rows(page, page.matrix),
        )
    else:
        yield Html('<p class="empty">No testcase was judged.</p>\n')
    yield Html("</section>")


def _cut_rows(page: Page, shown: list[Html]) -> Html:
    rest = page.row_count - len(shown)
    form = (
        '<p class="cut"><strong>{} more</strong> testcases not shown here, the worst come first; '
        "report.json has all.</p>"
    )
    return html(form, f"{rest:,}") if rest > 0 else Html()


def issues(page: Page) -> Iterator[Html]:
    yield Html('<section id="issues" aria-labelledby="issues-title">\n<h2 id="issues-title">Issues</h2>\n')
    if not page.report.issues:
        rules = words.number(len(page.report.rules), "rule")
        yield html('<p class="empty">No finding: {} looked for trouble and found none.</p>', rules)
    for group in page.groups:
        if group.total:
            yield from _group(group)
    yield Html("</section>")


def _group(group: Group) -> Iterator[Html]:
    name = group.disposition
    head = '<h3 id="group-{}"><span class="disposition {}">{}</span> {}</h3>\n'
    yield html('<section class="group" aria-labelledby="group-{}">\n', name)
    yield html(head, name, name, name, words.number(group.total, "issue"))
    yield from group.html
    yield html("{}\n</section>\n", cut(group.more, f"{name} issues are", f"cut-{name}"))


def testcases(page: Page) -> Iterator[Html]:
    yield Html('<section id="testcases" aria-labelledby="testcases-title">\n<h2 id="testcases-title">Testcases</h2>\n')
    if page.testcases:
        yield Html(
            '<table class="testcases">\n<thead><tr><th scope="col">testcase</th><th scope="col">verdict</th>'
            '<th scope="col">why</th><th scope="col">job status</th><th scope="col" class="n">duration</th>'
            "</tr></thead>\n<tbody>\n"
        )
        yield from page.testcases
        yield html("</tbody>\n</table>\n{}", _cut_rows(page, page.testcases))
    else:
        yield Html('<p class="empty">There was no testcase to judge.</p>\n')
    yield Html("</section>")


# ---- appendix --------------------------------------------------------------------------------------------------------


def appendix(page: Page) -> Iterator[Html]:
    yield _streams(page)
    yield _shared(page)
    yield _leftovers(page.report)
    yield _skipped(page)
    yield _rules(page)
    yield _run(page.report)


_STREAMS_FORM = """\
<section id="streams" aria-labelledby="streams-title">
<h2 id="streams-title">Streamed logs</h2>
<p>{}</p>
<details{}><summary>bytes written by the sites and stored by the server</summary>
<div class="wide" tabindex="0" role="region" aria-labelledby="streams-title"><table class="logs"><thead><tr>\
<th scope="col">testcase › site</th><th scope="col">log</th><th scope="col" class="n">written</th>\
<th scope="col" class="n">required</th><th scope="col" class="n">stored</th></tr></thead><tbody>
{}</tbody></table>
</div>
{}
<p class="legend">Required is everything up to the line with which a site's client ends its run; what it writes after \
that need not arrive. An aborted job owes what was acknowledged.</p>
</details>
</section>
"""


def _streams(page: Page) -> Html:
    found = page.streams
    if not found:
        return Html()
    return html(
        _STREAMS_FORM,
        words.stream_words(found),
        Html(" open" if found[0].stream.problem else ""),
        joined(_stream(page, each) for each in found[:_STREAMS]),
        cut(len(found) - _STREAMS, "streamed logs are"),
    )


def _stream(page: Page, each: Streamed) -> Html:
    stream = each.stream
    name, href = text(stream.name), page.links.href(stream.path)
    return html(
        '<tr><td>{} <span aria-hidden="true">›</span> {}</td>\n<td>{}{}</td>\n'
        '<td class="n">{}</td>\n<td class="n">{}</td>\n<td class="n">{}</td></tr>\n',
        text(each.testcase),
        text(each.site),
        html('<a href="{}">{}</a>', href, name) if href else name,
        problem(stream.problem),
        f"{stream.written:,}",
        "as acknowledged" if stream.required is None else f"{stream.required:,}",
        f"{stream.stored:,}",
    )


def _shared(page: Page) -> Html:
    shared = page.report.shared
    if not shared.logs:
        return Html()
    form = (
        '<section id="shared-logs" aria-labelledby="shared-title">\n<h2 id="shared-title">Shared logs</h2>\n'
        "<p>{} {}</p>\n{}\n</section>\n"
    )
    return html(form, verdict(shared.verdict), text(shared.reason), logs(page, shared.logs))


def _leftovers(report: Report) -> Html:
    left = report.leftovers
    named = (
        ("Expired waivers", left.expired_waivers),
        ("Unused waivers", left.unused_waivers),
        ("Fixed since the baseline", left.fixed),
    )
    found = [_leftover(title, names) for title, names in named if names]
    form = (
        '<section id="leftovers" aria-labelledby="leftovers-title">\n'
        '<h2 id="leftovers-title">Waivers and baseline</h2>\n{}</section>\n'
    )
    return html(form, joined(found)) if found else Html()


def _leftover(title: str, names: tuple[str, ...]) -> Html:
    listed = joined(html("<li>{}</li>", text(one_line(name, 400))) for name in names[:_LEFTOVERS])
    rest = cut(len(names) - _LEFTOVERS, "are")
    return html('<h3>{} ({})</h3>\n<ul class="plain">{}</ul>\n{}\n', title, len(names), listed, rest)


_SKIPPED_FORM = """\
<section id="skipped" aria-labelledby="skipped-title">
<h2 id="skipped-title">Skipped files</h2>
<details><summary>{} not judged</summary>
<table class="logs"><thead><tr><th scope="col">file</th><th scope="col">why</th></tr></thead><tbody>
{}</tbody></table>
{}
</details>
</section>
"""


def _skipped(page: Page) -> Html:
    found = page.report.skipped
    if not found:
        return Html()
    row = "<tr><td>{}</td><td>{}</td></tr>\n"
    return html(
        _SKIPPED_FORM,
        words.number(len(found), "file"),
        joined(html(row, path(page, file.path), text(file.reason)) for file in found[:_SKIPPED]),
        cut(len(found) - _SKIPPED, "files are"),
    )


_RULES_FORM = """\
<section id="rules" aria-labelledby="rules-title">
<h2 id="rules-title">Rules</h2>
<details><summary>{} looked for trouble, {} found none</summary>
<table class="logs rules"><thead><tr><th scope="col">rule</th><th scope="col">severity</th>\
<th scope="col">looks for</th><th scope="col" class="n">findings</th></tr></thead><tbody>
{}</tbody></table>
{}
</details>
</section>
"""


def _rules(page: Page) -> Html:
    rules = page.report.rules
    return html(
        _RULES_FORM,
        words.number(len(rules), "rule"),
        sum(not page.rule_counts[rule.id] for rule in rules),
        joined(_rule(rule, page.rule_counts[rule.id]) for rule in rules[:_RULES]),
        cut(len(rules) - _RULES, "rules are"),
    )


def _rule(rule: Rule, count: int) -> Html:
    return html(
        '<tr><th scope="row"><code>{}</code></th><td>{}</td><td>{}{}{}</td><td class="n">{}</td></tr>\n',
        text(rule.id),
        rule.severity,
        text(rule.title),
        html('<br><span class="dim">{}</span>', text(one_line(rule.help, 400))) if rule.help else "",
        html('<br><code class="dim">{}</code>', text(one_line(rule.pattern, 300))) if rule.pattern else "",
        f"{count:,}",
    )


_RUN_FORM = """\
<section id="run" aria-labelledby="run-title">
<h2 id="run-title">This run</h2>
<dl class="run">
<div><dt>command</dt><dd><code>{}</code></dd></div>
<div><dt>exit code</dt><dd>{}</dd></div>
<div><dt>started</dt><dd>{}</dd></div>
<div><dt>finished</dt><dd>{}</dd></div>
<div><dt>tool</dt><dd>{} {}</dd></div>
{}</dl>
</section>"""


def _run(report: Report) -> Html:
    environment = list(report.environment.items())[:_ENVIRONMENT]
    fact = "<div><dt>{}</dt><dd>{}</dd></div>\n"
    return html(
        _RUN_FORM,
        text(one_line(report.command, 4_000)),
        words.exit_words(report),
        time(report.started),
        time(report.finished),
        report.tool.name,
        report.tool.version,
        joined(html(fact, text(one_line(name, 200)), text(one_line(value, 2_000))) for name, value in environment),
    )
