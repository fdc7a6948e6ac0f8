"""The parts of the HTML page that repeat: an issue, a testcase's row, a table of logs, a link to a place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from gate.model import Finding, LogReport, SiteReport, TestcaseReport, Verdict
from gate.reports import words
from gate.reports.escape import one_line
from gate.reports.markup import Html, html, joined, text
from gate.reports.page import Cell, Chip, IssueView, Page, PlaceView, Row

_ALSO = 20
_LOGS = 200
_SITES = 30


# ---- pieces ----------------------------------------------------------------------------------------------------------


def verdict(name: Verdict) -> Html:
    form = '<span class="verdict {}"><span aria-hidden="true">{}</span> {}</span>'
    return html(form, name, words.SYMBOLS[name], name)


def path(page: Page, name: str, line: int = 0, end_line: int = 0) -> Html:
    """A place, as a link where there is a file to open."""
    name = page.links.real(name)
    href = page.links.href(name)
    lines = f":{line}" + (f"–{end_line}" if end_line > line else "") if line else ""
    place = text(f"{name}{lines}")
    return (
        html('<a class="path" href="{}">{}</a>', href, place) if href else html('<span class="path">{}</span>', place)
    )


def chips(found: Iterable[Chip], *, times: bool = True) -> Html:
    form = '<a class="chip {}" href="{}" title="{}"><span class="sr">issue </span>#{}{}</a>'
    return joined(
        html(
            form,
            chip.disposition,
            chip.href,
            one_line(chip.title, 200),
            chip.number,
            html('<span class="times"> ×{}</span>', f"{chip.count:,}") if times else "",
        )
        for chip in found
    )


def cut(count: int, what: str, anchor: str = "") -> Html:
    """Says what is not shown; nothing where all is."""
    if count <= 0:
        return Html()
    form = (
        '<p class="cut"{}><strong>{} more</strong> {} not shown here, to keep this page small; report.json has all.</p>'
    )
    return html(form, html(' id="{}"', anchor) if anchor else "", f"{count:,}", what)


def time(moment: str) -> Html:
    return html('<time datetime="{}">{}</time>', moment, _moment(moment))


def _moment(moment: str) -> str:
    """`2026-05-09 07:35:25 +02:00`, as it was written when it is no ISO 8601."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{at:%Y-%m-%d %H:%M:%S} {at.isoformat()[-6:] if at.tzinfo else ''}".rstrip()


def logs(page: Page, found: Sequence[LogReport]) -> Html:
    head = (
        '<table class="logs">\n<thead><tr><th scope="col">log</th><th scope="col" class="n">size</th>'
        '<th scope="col" class="n">lines</th><th scope="col" class="n">findings</th></tr></thead>\n<tbody>\n'
    )
    rows = joined(_log(page, log) for log in found[:_LOGS])
    return html(head + "{}</tbody>\n</table>\n{}", rows, cut(len(found) - _LOGS, "logs are"))


def _log(page: Page, log: LogReport) -> Html:
    return html(
        '<tr><td>{}{}</td>\n<td class="n">{}</td><td class="n">{}</td><td class="n">{}</td></tr>\n',
        path(page, log.path),
        problem(log.problem),
        _size(log.bytes),
        "" if log.lines is None else f"{log.lines:,}",
        f"{log.findings:,}",
    )


def problem(said: str) -> Html:
    return html(' <span class="problem">{}</span>', text(said)) if said else Html()


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


# ---- an issue --------------------------------------------------------------------------------------------------------

_ISSUE = """\
<article class="issue {disposition}" id="i{number}" aria-labelledby="i{number}-title">
<h4 id="i{number}-title"><a class="chip {disposition}" href="#i{number}">#{number}</a> {{}}</h4>
<p class="facts"><span class="severity {severity}">{severity}</span>
<span><b>{count:,}×</b>{{}}</span>
<span>{{}}</span>
<span>{{}}</span>
<span class="rule">rule <code>{{}}</code></span>
<span class="fingerprint"><code>{{}}</code></span></p>
<ul class="places">
{{}}</ul>
{{}}{{}}
</article>"""


def issue(page: Page, view: IssueView) -> Html:
    """An issue with its places; `_ISSUE` is filled first with what is no text, then with what is."""
    it = view.issue
    form = _ISSUE.format(disposition=it.disposition, severity=it.severity, number=view.number, count=it.count)
    counts = words.dispositions(it.counts)
    return html(
        form,
        text(one_line(it.title, 400)),
        f" ({counts})" if counts != f"{it.count:,} {it.disposition}" else "",
        text(words.listing(words.sites(it), 6)),
        text(words.listing(words.testcases(it), 3)),
        text(it.rule),
        text(it.fingerprint),
        joined(_place(page, view, place) for place in view.places),
        _others(page, view),
        cut(view.more, f"of the {it.count:,} places are"),
    )


def _others(page: Page, view: IssueView) -> Html:
    if not view.others:
        return Html()
    form = '<details class="others"><summary>{}</summary>\n<ul class="places">\n{}</ul>\n</details>\n'
    rows = joined(_place(page, view, place) for place in view.others)
    return html(form, words.number(len(view.others), "more place"), rows)


def _place(page: Page, view: IssueView, place: PlaceView) -> Html:
    found = place.finding
    head = html(
        '<span class="who">{} <span aria-hidden="true">›</span> {}</span>\n{}\n{}',
        text(words.label(found.testcase)),
        text(found.site),
        path(page, found.path, found.line, found.end_line),
        _remarks(view, place),
    )
    anchor = html(' id="{}"', place.anchor) if place.anchor else ""
    if not place.excerpt:
        return html('<li{}><div class="bare">{}</div></li>\n', anchor, head)
    return html(
        "<li{}><details{}><summary>{}</summary>\n<pre{}>{}</pre>\n{}</details></li>\n",
        anchor,
        " open" if place.open else "",
        head,
        Html(' class="wide"' if found.end_line > 99_990 else ""),
        place.excerpt,
        _also(page, found),
    )


def _remarks(view: IssueView, place: PlaceView) -> Html:
    found = place.finding
    remarks = [time(found.time)] if found.time else []
    if found.disposition != view.issue.disposition or found.by:
        by = html(": {}", text(one_line(found.by, 200))) if found.by else ""
        remarks.append(html('<span class="disposition {}">{}{}</span>', found.disposition, found.disposition, by))
    if found.note:
        remarks.append(html('<span class="note">{}</span>', text(one_line(found.note, 400))))
    if place.of > 1:
        remarks.append(html('<span class="of">first of {}</span>', f"{place.of:,}"))
    return joined(remarks)


def _also(page: Page, found: Finding) -> Html:
    if not found.also:
        return Html()
    places = joined((path(page, it.path, it.line, it.end_line) for it in found.also[:_ALSO]), ", ")
    rest = f" and {len(found.also) - _ALSO} more" if len(found.also) > _ALSO else ""
    return html('<p class="also">the same entry in {}{}</p>', places, rest)


# ---- a row of the matrix ---------------------------------------------------------------------------------------------


def matrix_row(page: Page, row: Row) -> Html:
    return html(
        '<tr><th scope="row" class="{}"><a href="#{}">{}</a> {}</th>\n{}</tr>',
        row.verdict,
        row.anchor if row.anchor in page.shown else "testcases",
        text(row.name),
        verdict(row.verdict),
        joined(map(_cell, row.cells)),
    )


def _cell(cell: Cell) -> Html:
    if not cell.verdict and not cell.chips:
        return Html('<td class="absent"><span aria-label="took no part">·</span></td>\n')
    return html(
        '<td class="{}">{}{}</td>\n',
        cell.verdict or "none",
        verdict(cell.verdict) if cell.verdict else "",
        _in_cell(cell),
    )


def _in_cell(cell: Cell) -> Html:
    if cell.chips:
        more = html(' <a class="more" href="{}">+{} issues</a>', cell.href, cell.more) if cell.more else ""
        form = ' <span class="found">{}</span> <span class="chips">{}{}</span>'
        return html(form, words.dispositions(cell.counts), chips(cell.chips, times=len(cell.chips) > 1), more)
    if cell.verdict in ("fail", "error") and cell.reason:
        return html(' <a class="why" href="{}">{}</a>', cell.href, text(one_line(cell.reason, 70)))
    return Html()


# ---- a testcase ------------------------------------------------------------------------------------------------------

_TESTCASE = """\
<tr id="{}"><th scope="row">{}</th>
<td>{}{}</td>
<td class="why">{}{}</td>
<td data-label="job status">{}</td>
<td class="n" data-label="duration">{}</td></tr>"""


def testcase_row(page: Page, row: Row) -> Html:
    testcase = row.testcase
    return html(
        _TESTCASE,
        row.anchor,
        text(row.name),
        verdict(row.verdict),
        Html(' <span class="flaky">flaky</span>' if testcase and testcase.flaky else ""),
        html("<p>{}</p>", text(row.reason)) if row.reason else "",
        _testcase(page, row, testcase) if testcase else _shared(page),
        _status(testcase) if testcase else "",
        words.duration(testcase.duration_s) if testcase else "",
    )


def _shared(page: Page) -> Html:
    form = '<p><a href="#shared-logs">{}</a> that several testcases wrote into; what names no job stands here.</p>\n'
    return html(form, words.number(len(page.report.shared.logs), "log"))


def _status(testcase: TestcaseReport) -> Html:
    status = html("<code>{}</code>", text(testcase.status)) if testcase.status else ""
    job = html('<code class="job">{}</code>', text(testcase.job_id)) if testcase.job_id else ""
    return html("{} {}", status, job)


def _testcase(page: Page, row: Row, testcase: TestcaseReport) -> Html:
    attempts = html("<p>{} attempts</p>", testcase.attempts) if testcase.attempts > 1 else ""
    return html("{}{}{}", attempts, _telling_sites(page, row, testcase), _site_logs(page, testcase))


def _telling_sites(page: Page, row: Row, testcase: TestcaseReport) -> Html:
    telling = page.telling(testcase)
    if not telling:
        return Html()
    rest = len(telling) - _SITES
    return html(
        '<ul class="sites">\n{}{}</ul>\n',
        joined(_site(page, row, testcase, site) for site in telling[:_SITES]),
        html("<li>and {} more sites: see report.json</li>", rest) if rest > 0 else "",
    )


def _site(page: Page, row: Row, testcase: TestcaseReport, site: SiteReport) -> Html:
    shown, rest = page.chips(testcase.name, site.name)
    reason = site.reason if site.reason not in row.reason else ""
    return html(
        '<li><b>{}</b> {} {} <span class="chips">{}{}</span></li>\n',
        text(site.name),
        verdict(site.verdict),
        html("<span>{}</span>", text(one_line(reason, 400))) if reason else "",
        chips(shown),
        html(' <span class="more">+{} issues</span>', f"{rest:,}") if rest else "",
    )


def _site_logs(page: Page, testcase: TestcaseReport) -> Html:
    count = sum(len(site.logs) for site in testcase.sites)
    if not count:
        return Html()
    rest = len(testcase.sites) - _SITES
    form = '<p class="cut"><strong>{} more</strong> sites not shown here; report.json has all.</p>'
    return html(
        "<details><summary>{} of {}</summary>\n{}{}</details>",
        words.number(count, "log"),
        words.number(len(testcase.sites), "site"),
        joined(
            html("<h3>{}</h3>\n{}\n", text(site.name), logs(page, site.logs))
            for site in testcase.sites[:_SITES]
            if site.logs
        ),
        html(form, rest) if rest > 0 else "",
    )
