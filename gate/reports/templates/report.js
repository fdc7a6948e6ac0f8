"use strict";
// Shows the findings that the page holds as data: filtered, searched, sorted, each view with a URL of its own.
// What comes from a log goes into the page as text; only `evidence` is HTML, which was escaped where the page was made.
(async () => {
  const DISPOSITIONS = ["new", "known", "waived"];
  const ISSUES_AT_ONCE = 20, PLACES_AT_ONCE = 10, MORE_PLACES = 100, FAR = 100, PRINTED = 300;
  const form = document.getElementById("filter");
  const list = document.getElementById("issue-list");
  const EVIDENCE_A_BLOCK = Number(list.dataset.evidence);
  const onlyBad = document.getElementById("only-bad");

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== "" && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== ""));
    return made;
  };
  const thousands = (count) => count.toLocaleString("en-US");
  const number = (count, noun) => `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;

  // ---- the data ----

  const held = (kind) => [...document.querySelectorAll(`script[data-kind=${kind}]`)];

  async function unpacked(script) {
    const bytes = Uint8Array.from(atob(script.textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  }

  async function readIssues() {
    const blocks = await Promise.all(held("issues").map(unpacked));
    return blocks.flat().map((values, index) => {
      const [fingerprint, rule, severity, title, disposition, counts, sites, testcases, first, last] = values;
      const text = `${title}\n${fingerprint}\n${rule}`.toLowerCase();
      const total = counts.reduce((sum, count) => sum + count);
      return {
        number: index + 1, fingerprint, rule, severity, title, disposition, counts, sites, testcases, first, last,
        text, total, places: [],
      };
    });
  }

  async function readRows(issues) {
    const cells = [], paths = [], texts = [];
    for (const block of await Promise.all(held("rows").map(unpacked))) {
      cells.push(...block.cells);
      paths.push(...block.paths);
      texts.push(...block.texts);
      const [number, cell, path, line, more, time, disposition, by, note, evidence] = block.columns;
      for (let i = 0; i < number.length; i++) {
        const [anchor, testcase, site] = cells[cell[i]];
        const [shown, href] = paths[path[i]];
        issues[number[i] - 1].places.push({
          anchor, testcase, site, path: shown, href, line: line[i], end: line[i] + more[i], time: time[i],
          disposition: disposition[i], by: texts[by[i]], note: texts[note[i]], evidence: evidence[i],
        });
      }
    }
    for (const issue of issues) issue.places = firstOfEachSite(issue.places);
  }

  function firstOfEachSite(places) {
    const met = new Set();
    const isFirst = places.map(({anchor}) => !met.has(anchor) && met.add(anchor));
    return [...places.filter((_, i) => isFirst[i]), ...places.filter((_, i) => !isFirst[i])];
  }

  const evidenceBlocks = held("evidence");
  const evidenceRead = new Map();
  const evidence = [];

  function evidenceBlock(index) {
    if (!evidenceRead.has(index)) evidenceRead.set(index, unpacked(evidenceBlocks[index]).then((read) => keep(index, read)));
    return evidenceRead.get(index);
  }

  function keep(index, read) {
    read.forEach((html, i) => { evidence[index * EVIDENCE_A_BLOCK + i] = html; });
  }

  const readEvidence = () => Promise.all(evidenceBlocks.map((_, index) => evidenceBlock(index)));
  const hasEvidence = (place) => place.evidence >= 0 && place.evidence < evidenceBlocks.length * EVIDENCE_A_BLOCK;

  // Escaped text holds no `<`; parsing the HTML takes ten times as long.
  const ENTITIES = {amp: "&", lt: "<", gt: ">", "#34": '"', "#39": "'"};
  const CONTEXT = /<span class="context"[^]*?\n<\/span>/g;
  const textOf = (html) => html.replace(CONTEXT, "").replace(/<[^>]*>/g, "").replace(/&(\w+|#\d+);/g, (_, name) => ENTITIES[name]);

  let evidenceTexts = null;

  async function readEvidenceTexts() {
    await readEvidence();
    evidenceTexts = evidence.map((html) => textOf(html).toLowerCase());
  }

  // ---- the view: what the form says, which is what the URL says ----

  const field = (name) => form.elements.namedItem(name);
  const FIELDS = ["q", "testcase", "site", "rule", "severity", "sort"];

  function shownDispositions() {
    return DISPOSITIONS.filter((name) => field(`show-${name}`).checked);
  }

  function queryOf() {
    const query = new URLSearchParams();
    for (const name of FIELDS) if (field(name).value) query.set(name, field(name).value);
    const shown = shownDispositions();
    if (shown.length < DISPOSITIONS.length) query.set("show", shown.join(","));
    if (onlyBad && onlyBad.checked) query.set("matrix", "bad");
    return query.toString();
  }

  function toUrl() {
    const query = queryOf();
    return `${location.pathname}${query ? `?${query}` : ""}${location.hash}`;
  }

  // A page that is shown within another's has no URL of its own, and works without.
  function remember(method, url) {
    try {
      history[method](null, "", url);
    } catch (problem) {
      if (problem.name !== "SecurityError") throw problem;
    }
  }

  function fromUrl() {
    const query = new URLSearchParams(location.search);
    for (const name of FIELDS) choose(field(name), query.get(name) || "");
    const shown = query.has("show") ? query.get("show").split(",") : DISPOSITIONS;
    for (const name of DISPOSITIONS) field(`show-${name}`).checked = shown.includes(name);
    if (onlyBad) onlyBad.checked = query.get("matrix") === "bad";
  }

  function choose(control, value) {
    control.value = value;
    if (control.value !== value) control.value = "";
  }

  function offer(name, values) {
    const natural = new Intl.Collator("en", {numeric: true});
    field(name).append(...[...new Set(values)].sort(natural.compare).map((value) => element("option", {}, value)));
  }

  // ---- filter and sort ----

  const countOf = ({issue, places}) => places.length || issue.total;
  const instant = (time) => (time ? Date.parse(time) : NaN);
  const orders = {
    "": (a, b) => a.issue.number - b.issue.number,
    count: (a, b) => countOf(b) - countOf(a),
    first: (a, b) => instant(a.issue.first) - instant(b.issue.first) || isNaN(instant(a.issue.first)) - isNaN(instant(b.issue.first)),
    last: (a, b) => instant(b.issue.last) - instant(a.issue.last) || isNaN(instant(a.issue.last)) - isNaN(instant(b.issue.last)),
    title: (a, b) => a.issue.title.localeCompare(b.issue.title),
  };

  function matches(issue) {
    const [query, testcase, site] = ["q", "testcase", "site"].map((name) => field(name).value);
    const sought = query.trim().toLowerCase();
    const shown = shownDispositions().map((name) => DISPOSITIONS.indexOf(name));
    const said = sought === "" || issue.text.includes(sought);
    return (place) => shown.includes(place.disposition)
      && (testcase === "" || place.testcase === testcase)
      && (site === "" || place.site === site)
      && (said || tells(place, sought));
  }

  function tells(place, sought) {
    return place.path.toLowerCase().includes(sought)
      || `${place.testcase} › ${place.site}`.toLowerCase().includes(sought)
      || (evidenceTexts !== null && hasEvidence(place) && evidenceTexts[place.evidence].includes(sought));
  }

  function filtered(issues) {
    const [rule, severity] = [field("rule").value, field("severity").value];
    return issues
      .filter((issue) => (rule === "" || issue.rule === rule) && (severity === "" || issue.severity === severity))
      .map((issue) => ({issue, places: issue.places.filter(matches(issue))}))
      .filter(({issue, places}) => places.length > 0 || (issue.places.length === 0 && alone(issue)))
      .sort(orders[field("sort").value]);
  }

  // An issue of whose findings none is in the page is found by what is known of it.
  function alone(issue) {
    const sought = field("q").value.trim().toLowerCase();
    return field("testcase").value === "" && field("site").value === ""
      && shownDispositions().some((name) => issue.counts[DISPOSITIONS.indexOf(name)] > 0)
      && issue.text.includes(sought);
  }

  // ---- what is drawn ----

  const moment = (time) => time.replace("T", " ").replace(/\.\d+/, "").replace(/(?=[+-]\d\d:\d\d$|Z$)/, " ");
  const timeOf = (time) => element("time", {datetime: time}, moment(time));
  const pathText = ({path, line, end}) => `${path}${line ? `:${line}${end > line ? `–${end}` : ""}` : ""}`;

  function pathOf(place) {
    const tag = place.href ? "a" : "span";
    return element(tag, {class: "path", href: place.href}, pathText(place));
  }

  function headOf(issue, place) {
    const own = place.disposition !== issue.disposition || place.by !== "";
    const name = DISPOSITIONS[place.disposition];
    return [
      element("span", {class: "who"}, `${place.testcase} › ${place.site}`), " ",
      hasEvidence(place) ? element("span", {class: "path"}, pathText(place)) : pathOf(place), " ",
      place.time ? timeOf(place.time) : "", " ",
      own ? element("span", {class: `disposition ${name}`}, place.by ? `${name}: ${place.by}` : name) : "", " ",
      place.note ? element("span", {class: "note"}, place.note) : "",
    ];
  }

  function placeOf(issue, place, anchored) {
    const id = `i${issue.number}-c${place.anchor}`;
    const item = element("li", {id: anchored.has(id) ? "" : id});
    const isFirst = anchored.size === 0;
    anchored.add(id);
    if (!hasEvidence(place)) {
      item.append(element("div", {class: "bare"}, ...headOf(issue, place)));
      return item;
    }
    const details = element("details", {}, element("summary", {}, ...headOf(issue, place)));
    details.addEventListener("toggle", () => unfold(details, place), {once: true});
    item.append(details);
    if (isFirst) unfold(details, place);
    return item;
  }

  const unfolding = new Set();

  async function unfold(details, place) {
    if (details.dataset.unfolded) return;
    details.dataset.unfolded = "yes";
    if (!evidence[place.evidence]) {
      const read = evidenceBlock(Math.floor(place.evidence / EVIDENCE_A_BLOCK));
      unfolding.add(read);
      await read;
      unfolding.delete(read);
    }
    details.insertAdjacentHTML("beforeend", evidence[place.evidence]);
  }

  // What unfolds above it moves it once more.
  async function scrollTo(target) {
    target.scrollIntoView();
    await Promise.all(unfolding);
    target.scrollIntoView();
  }

  function placesOf({issue, places}, card) {
    const shown = element("ul", {class: "places"});
    const more = element("button", {type: "button", class: "show-more"});
    const anchored = new Set();
    let next = 0;
    card.showUpTo = (count) => {
      const upTo = Math.min(count, places.length);
      shown.append(...places.slice(next, upTo).map((place) => placeOf(issue, place, anchored)));
      next = Math.max(next, upTo);
      more.hidden = next === places.length;
      more.textContent = `Show ${thousands(Math.min(MORE_PLACES, places.length - next))} more of ${thousands(places.length)}`;
    };
    more.addEventListener("click", () => {
      const first = next;
      card.showUpTo(next + MORE_PLACES);
      shown.children[first].querySelector("summary, a, .bare").focus();
    });
    card.showUpTo(PLACES_AT_ONCE);
    return [shown, more];
  }

  const countsOf = (counts) =>
    counts.map((count, i) => (count ? `${thousands(count)} ${DISPOSITIONS[i]}` : "")).filter(Boolean).join(", ");

  function factsOf({issue, places}) {
    const mixed = issue.counts.filter(Boolean).length > 1 ? ` (${countsOf(issue.counts)})` : "";
    const part = places.length < issue.places.length ? `${thousands(places.length)} of ` : "";
    return element("p", {class: "facts"},
      element("span", {class: `disposition ${DISPOSITIONS[issue.disposition]}`}, DISPOSITIONS[issue.disposition]), " ",
      element("span", {class: `severity ${issue.severity}`}, issue.severity), " ",
      element("span", {}, part, element("b", {}, `${thousands(issue.total)}×`), mixed), " ",
      element("span", {}, issue.sites), " ",
      element("span", {}, issue.testcases), " ",
      issue.first ? element("span", {class: "when"}, ...whenOf(issue)) : "", " ",
      element("span", {class: "rule"}, "rule ", element("code", {}, issue.rule)), " ",
      element("span", {class: "fingerprint"}, element("a", {href: `#${issue.fingerprint}`}, element("code", {}, issue.fingerprint))));
  }

  function whenOf({first, last}) {
    return first === last ? [timeOf(first)] : ["first ", timeOf(first), ", last ", timeOf(last)];
  }

  function cardOf(view, open) {
    const {issue} = view;
    const name = DISPOSITIONS[issue.disposition], id = `i${issue.number}`;
    const card = element("article", {class: `issue ${name}`, id, "aria-labelledby": `${id}-title`, tabindex: "-1"});
    card.append(
      element("h3", {id: `${id}-title`},
        element("a", {class: `chip ${name}`, href: `#${id}`}, `#${issue.number}`), " ", issue.title),
      factsOf(view), ...placesOf(view, card));
    const absent = issue.total - issue.places.length;
    if (absent > 0) card.append(cut(absent, `of its ${number(issue.total, "finding")} are`));
    if (open) openFirst(card);
    return card;
  }

  function cut(count, what) {
    return element("p", {class: "cut"}, element("strong", {}, `${thousands(count)} more`),
      ` ${what} not in this page, to keep it small; report.json has all.`);
  }

  function openFirst(card) {
    const first = card.querySelector("details");
    if (first) first.open = true;
  }

  // ---- the list ----

  let issues = [], views = [], drawn = 0;
  const above = element("button", {type: "button", class: "above"});
  const end = element("p", {class: "cut end"});
  const cuts = element("div");
  const nearEnd = new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && drawUpTo(drawn + ISSUES_AT_ONCE),
    {rootMargin: "0px 0px 1500px 0px"}, // below only: above it, what is drawn would push away what is read
  );

  function drawUpTo(count) {
    const upTo = Math.min(count, views.length);
    const narrow = views.length <= 3;
    const cards = views.slice(drawn, upTo).map((view, i) =>
      cardOf(view, narrow || (drawn + i < ISSUES_AT_ONCE / 2 && view.issue.disposition === 0)));
    end.before(...cards);
    drawn = Math.max(drawn, upTo);
    end.hidden = drawn === views.length;
    end.textContent = `${number(views.length - drawn, "more issue")}: not printed; report.json has all.`;
    nearEnd.unobserve(end);
    nearEnd.observe(end);
  }

  function drawFrom(index) {
    drawn = index;
    above.hidden = index === 0;
    above.textContent = `Show the ${number(index, "issue")} above`;
    list.replaceChildren(above, end, cuts);
    drawUpTo(index + ISSUES_AT_ONCE);
  }

  function show() {
    views = filtered(issues);
    drawFrom(0);
    const places = views.reduce((sum, view) => sum + countOf(view), 0);
    const of = issues.reduce((sum, issue) => sum + issue.total, 0);
    const inPage = issues.reduce((sum, issue) => sum + (issue.places.length || issue.total), 0);
    const all = views.length === issues.length && places === inPage;
    const absent = of > inPage ? `; ${thousands(of - inPage)} of them are in report.json only` : "";
    document.getElementById("found").textContent = all
      ? `${number(issues.length, "issue")}, ${number(of, "finding")}${absent}`
      : `${thousands(views.length)} of ${number(issues.length, "issue")}, ${thousands(places)} of ${number(of, "finding")}`;
    form.querySelector("[type=reset]").hidden = queryOf() === "";
    cuts.replaceChildren(...saidCuts());
    if (onlyBad) showRows();
  }

  function saidCuts() {
    const absent = Number(list.dataset.issues) - issues.length;
    const none = views.length === 0 ? [element("p", {class: "empty"}, "No finding is like that.")] : [];
    return absent > 0 ? [...none, cut(absent, "issues are")] : none;
  }

  // ---- where a link leads ----

  // Without a script they lead to where it is said how many issues are cut.
  function leadToIssues() {
    for (const link of document.querySelectorAll("a[data-issue]")) {
      const number = Number(link.dataset.issue);
      link.setAttribute("href", number <= issues.length ? `#i${number}` : "#issues");
    }
  }

  function decoded(hash) {
    try {
      return decodeURIComponent(hash);
    } catch {
      return hash; // a `%` that somebody wrote
    }
  }

  // A fingerprint is the issue's name in every report, its number in this one only.
  function numbered(hash) {
    const named = issues.find(({fingerprint}) => `#${fingerprint}` === hash);
    return named ? `#i${named.number}` : hash;
  }

  function reveal(asked) {
    const hash = numbered(asked);
    const found = /^#i(\d+)(-c\d+)?$/.exec(hash);
    if (!found) {
      const part = document.getElementById(hash.slice(1));
      if (part) scrollTo(part);
      return;
    }
    const index = indexOf(Number(found[1]));
    if (index < 0) return;
    if (!document.getElementById(`i${found[1]}`)) drawFrom(index > FAR ? index : 0);
    drawUpTo(index + 1);
    const card = document.getElementById(`i${found[1]}`);
    if (found[2]) revealPlace(card, views[index], Number(found[2].slice(2)));
    const target = document.getElementById(hash.slice(1)) || card;
    for (const former of document.querySelectorAll(".target")) former.classList.remove("target");
    target.classList.add("target");
    const details = target.matches("li") ? target.querySelector("details") : null;
    if (details) details.open = true;
    card.focus({preventScroll: true});
    scrollTo(target);
  }

  // Where it is among those that are shown; all are shown if it is not.
  function indexOf(wanted) {
    const place = () => views.findIndex(({issue}) => issue.number === wanted);
    if (place() < 0 && wanted <= issues.length) {
      remember("replaceState", `${location.pathname}${location.hash}`);
      fromUrl();
      show();
    }
    return place();
  }

  function revealPlace(card, {places}, anchor) {
    const index = places.findIndex((place) => place.anchor === anchor);
    if (index >= 0) card.showUpTo(index + 1);
  }

  // ---- testcases ----

  function showRows() {
    for (const head of document.querySelectorAll(".matrix tbody th")) {
      head.parentElement.hidden = onlyBad.checked && head.classList.contains("pass");
    }
  }

  function sortable(table) {
    const body = table.tBodies[0];
    const natural = new Intl.Collator("en", {numeric: true});
    for (const head of table.querySelectorAll("thead th[data-key]")) {
      const button = element("button", {type: "button"}, head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down === 1 ? "ascending" : "descending");
        const key = (row) => row.dataset[head.dataset.key];
        body.append(...[...body.rows].sort((a, b) => down * natural.compare(key(a), key(b))));
      });
    }
  }

  // ---- start ----

  for (const table of document.querySelectorAll("table.testcases")) sortable(table);
  if (onlyBad) {
    onlyBad.closest("[data-scripted]").hidden = false;
    onlyBad.addEventListener("change", showRows);
  }
  if (!form) return;

  try {
    issues = await readIssues();
    await readRows(issues);
  } catch (problem) {
    console.warn("loggate: the page's data cannot be unpacked; what it shows without is below", problem);
    return;
  }

  leadToIssues();
  const places = issues.flatMap((issue) => issue.places);
  offer("testcase", places.map((place) => place.testcase));
  offer("site", places.map((place) => place.site));
  offer("rule", issues.map((issue) => issue.rule));
  offer("severity", issues.map((issue) => issue.severity));

  async function changed(method) {
    remember(method, toUrl());
    if (field("q").value && evidenceTexts === null) await readEvidenceTexts();
    show();
  }

  async function opened() {
    fromUrl();
    await changed("replaceState");
    reveal(decoded(location.hash));
  }

  // Back takes back a choice; a word is typed letter by letter.
  form.addEventListener("input", ({target}) => changed(target.name === "q" ? "replaceState" : "pushState"));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => changed("pushState")));
  window.addEventListener("popstate", opened);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#i'], .fingerprint a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const href = link.getAttribute("href");
    remember("pushState", `${location.pathname}${location.search}${href}`);
    reveal(href);
  });
  above.addEventListener("click", () => drawFrom(0));
  window.addEventListener("beforeprint", () => drawUpTo(PRINTED));
  if (onlyBad) onlyBad.addEventListener("change", () => changed("pushState"));
  (window.requestIdleCallback || setTimeout)(readEvidence); // Safari has no former
  form.hidden = false;
  await opened();
})();
