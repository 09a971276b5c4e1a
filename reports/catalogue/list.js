// The home page: search, filters, order and the basket for comparing. Data is loaded when it is first needed.
(() => {
  const STEP = 50, MOST_PICKED = 3;
  const $ = (id) => document.getElementById(id);
  const body = $("list").tBodies[0], status = $("status"), more = $("more");
  const links = [...document.querySelectorAll("[data-facet]")];
  const untouched = { html: [...body.rows], status: [...status.childNodes], more: false };
  const chosen = { q: "", sort: "score" };
  const filters = new Map();
  const picked = new Map();
  let agents = null, shown = [], count = 0, loading = null;

  const make = (tag, props = {}, ...children) => {
    const one = Object.assign(document.createElement(tag), props);
    one.append(...children);
    return one;
  };
  const number = (value) => value.toLocaleString("en");

  const load = () => loading ??= fetch("api/index.json").then((answer) => {
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.json();
  }).then((data) => {
    agents = data.agents.map((row) => Object.fromEntries(data.columns.map((name, n) => [name, row[n]])));
    for (const one of agents) one.text = [one.name, one.summary, one.vendor, ...one.tags].join(" ").toLowerCase();
  });

  const VALUES = {
    band: (one) => [one.band], kind: (one) => [one.kind], tag: (one) => one.tags,
    class: (one) => one.classes, layer: (one) => one.layers,
  };
  const ORDERS = {
    score: (a, b) => (b.score ?? -1) - (a.score ?? -1),
    low: (a, b) => (a.score ?? 99) - (b.score ?? 99),
    name: (a, b) => 0,
    open: (a, b) => b.critical - a.critical || b.high_threats - a.high_threats,
    tools: (a, b) => b.tools - a.tools,
    spread: (a, b) => (b.high - b.low) - (a.high - a.low),
    date: (a, b) => (b.assessed ?? "").localeCompare(a.assessed ?? ""),
  };
  const byName = (a, b) => a.name.toLowerCase().localeCompare(b.name.toLowerCase()) || a.id.localeCompare(b.id);

  const fits = (one, but = "") => {
    for (const word of chosen.words) if (!one.text.includes(word)) return false;
    for (const [facet, wanted] of filters) {
      if (facet !== but && wanted.size && !VALUES[facet](one).some((value) => wanted.has(value))) return false;
    }
    return true;
  };

  const severity = (word) => {
    const styles = { Critical: "crit", High: "high", Medium: "med", Low: "low" };
    return make("span", { className: `sev ${styles[word] ?? "none"}`, textContent: word });
  };

  const pickBox = (id, name) => {
    const box = make("input", { type: "checkbox", className: "pick", checked: picked.has(id) });
    box.setAttribute("aria-label", `Compare ${name}`);
    box.addEventListener("change", () => {
      if (box.checked && picked.size >= MOST_PICKED) { box.checked = false; return; }
      if (box.checked) picked.set(id, name); else picked.delete(id);
      basket();
    });
    return box;
  };

  const basket = () => {
    $("basket").hidden = picked.size === 0;
    $("picked").textContent = [...picked.values()].join(", ");
    const query = new URLSearchParams([...picked.keys()].map((id, n) => ["abc"[n], id]));
    $("compare").href = `compare/index.html?${query}`;
  };

  const row = (one) => {
    const head = make("th", { scope: "row" }, pickBox(one.id, one.name),
      make("a", { href: `agents/${one.id}/index.html`, textContent: one.name }));
    if (one.state) head.append(" ", make("span", { className: "flagged", textContent: one.state }));
    if (one.summary) head.append(make("span", { className: "what", textContent: one.summary }));
    const score = make("td", { className: "num" });
    if (one.score === null) score.append("–");
    else {
      score.append(make("b", { textContent: one.score.toFixed(1) }));
      if (one.high > one.low) score.append(" ", make("span", { className: "span", textContent: `${one.low.toFixed(1)}–${one.high.toFixed(1)}` }));
    }
    const parts = [];
    if (one.critical) parts.push(`${one.critical} critical`);
    if (one.high_threats) parts.push(`${one.high_threats} high`);
    const rest = one.open - one.critical - one.high_threats;
    if (rest && parts.length < 2) parts.push(`${rest} lesser`);
    const band = make("td", {}, one.score === null ? "no data" : severity(one.band));
    const open = make("td", { textContent: parts.join(", ") || "none" });
    const tools = make("td", { className: "num", textContent: one.tools });
    const kinds = { "mcp-server": "MCP server", "multi-agent": "group of agents", unknown: "not stated" };
    const line = make("tr", {}, head, score, band, open, tools, make("td", { textContent: kinds[one.kind] ?? one.kind }));
    [[score, "Score"], [band, "Band"], [open, "Open:"], [tools, "Tools"]].forEach(([cell, label]) => { cell.dataset.l = label; });
    return line;
  };

  const extend = () => {
    const part = shown.slice(count, count + STEP);
    body.append(...part.map(row));
    count += part.length;
    more.hidden = count >= shown.length;
  };

  const recount = () => {
    for (const link of links) {
      const { facet, value } = link.dataset;
      const found = agents.reduce((sum, one) => sum + (VALUES[facet](one).includes(value) && fits(one, facet)), 0);
      link.parentElement.querySelector(".n").textContent = number(found);
    }
  };

  const remember = () => {
    const query = new URLSearchParams();
    if (chosen.q) query.set("q", chosen.q);
    if (chosen.sort !== "score") query.set("sort", chosen.sort);
    for (const [facet, values] of filters) for (const value of values) query.append(facet, value);
    history.replaceState(null, "", `${query.size ? `?${query}` : location.pathname}`);
  };

  const show = async () => {
    try { await load(); } catch { status.textContent = "The index could not be loaded: a browser takes it from a web server, not from a folder."; return; }
    chosen.words = chosen.q.toLowerCase().split(/\s+/).filter(Boolean);
    shown = agents.filter((one) => fits(one)).sort((a, b) => ORDERS[chosen.sort](a, b) || byName(a, b));
    body.replaceChildren();
    count = 0;
    extend();
    recount();
    remember();
    status.textContent = shown.length === 0 ? "No agent fits." : `${number(shown.length)} of ${number(agents.length)} agents.`;
  };

  let timer = 0;
  const soon = () => { clearTimeout(timer); timer = setTimeout(show, 120); };

  const press = (link) => {
    const { facet, value } = link.dataset;
    const values = filters.get(facet) ?? filters.set(facet, new Set()).get(facet);
    if (!values.delete(value)) values.add(value);
    link.setAttribute("aria-pressed", String(values.has(value)));
    show();
  };

  for (const link of links) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-pressed", "false");
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      press(link);
    });
    link.addEventListener("keydown", (event) => {
      if (event.key === " ") { event.preventDefault(); press(link); }
    });
  }
  for (const line of untouched.html) {
    const link = line.querySelector("th a");
    link.before(pickBox(decodeURIComponent(link.getAttribute("href").split("/")[1]), link.textContent));
  }
  $("bar").hidden = false;
  if (matchMedia("(max-width: 50rem)").matches) $("facets").open = false;
  if (status.querySelector("a")) more.hidden = false;
  $("q").addEventListener("focus", () => { load().catch(() => {}); }, { once: true });
  $("q").addEventListener("input", () => { chosen.q = $("q").value.trim(); soon(); });
  $("sort").addEventListener("change", () => { chosen.sort = $("sort").value; show(); });
  $("clear").addEventListener("click", () => {
    picked.clear();
    for (const box of body.querySelectorAll(".pick")) box.checked = false;
    basket();
    $("q").focus();
  });
  more.addEventListener("click", async () => {
    if (!agents) { const had = body.rows.length; await show(); while (count <= had && count < shown.length) extend(); }
    else extend();
  });

  const query = new URLSearchParams(location.search);
  if (query.size) {
    chosen.q = query.get("q") ?? "";
    $("q").value = chosen.q;
    if (ORDERS[query.get("sort")]) $("sort").value = chosen.sort = query.get("sort");
    for (const link of links) {
      if (query.getAll(link.dataset.facet).includes(link.dataset.value)) {
        filters.set(link.dataset.facet, (filters.get(link.dataset.facet) ?? new Set()).add(link.dataset.value));
        link.setAttribute("aria-pressed", "true");
      }
    }
    show();
  }
})();
