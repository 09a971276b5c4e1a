// Two or three agents side by side, from their JSON.
(() => {
  const KEYS = ["a", "b", "c"];
  const CLASSES = ["Financial", "Destructive", "Execute", "Write", "Read"];
  const ROOT = "../";
  const $ = (id) => document.getElementById(id);
  const status = $("status"), place = $("versus");
  const styles = { critical: "crit", high: "high", medium: "med", low: "low" };
  let names = new Map(), ids = new Map();

  const make = (tag, props = {}, ...children) => {
    const one = Object.assign(document.createElement(tag), props);
    one.append(...children);
    return one;
  };
  const severity = (word) => word
    ? make("span", { className: `sev ${styles[word.toLowerCase()] ?? "none"}`, textContent: word[0].toUpperCase() + word.slice(1) })
    : "–";
  const read = async (path) => {
    const answer = await fetch(ROOT + path);
    if (!answer.ok) throw new Error(path);
    return answer.json();
  };

  const line = (table, title, agents, cell, weigh) => {
    const values = weigh ? agents.map(weigh) : [];
    const most = Math.max(...values);
    const differ = weigh && values.some((value) => value !== most);
    table.append(make("tr", {}, make("th", { scope: "row", textContent: title }), ...agents.map((one, n) => {
      const content = [cell(one)].flat();
      return make("td", { className: differ && values[n] === most ? "most" : "" }, ...content);
    })));
  };
  const group = (table, title, agents) => {
    table.append(make("tr", { className: "group" }, make("th", { scope: "rowgroup", colSpan: agents.length + 1, textContent: title })));
  };

  const threatsOf = (one) => new Map(one.threats.filter((t) => t.state !== "needs_answer").map((t) => [t.id, t]));

  const draw = (agents) => {
    const head = make("tr", {}, make("td", {}, make("span", { className: "vh", textContent: "Property" })), ...agents.map((one) =>
      make("th", { scope: "col" }, make("a", { href: `${ROOT}agents/${one.id}/index.html`, textContent: one.agent.name }))));
    const table = make("tbody");
    const points = (value) => value.toFixed(1);
    group(table, "Score", agents);
    line(table, "AIVSS", agents, (one) => one.known ? [make("b", { textContent: points(one.score.value) }), " ", severity(one.score.severity)] : "no data", (one) => one.known ? one.score.value : -1);
    line(table, "Range over open questions", agents, (one) => `${points(one.score.range.low)} to ${points(one.score.range.high)}`);
    line(table, "With the policy", agents, (one) => one.residual ? points(one.residual.value) : "–");
    line(table, "CVSS base", agents, (one) => points(one.score.cvss.base), (one) => one.score.cvss.base);
    line(table, "Assessed", agents, (one) => one.freshness.assessed ?? "date not stated");
    group(table, "Ten factors", agents);
    agents[0].score.factors.forEach((factor) => {
      const of = (one) => one.score.factors.find((f) => f.id === factor.id);
      line(table, factor.name, agents, (one) => of(one)?.value.toFixed(2) ?? "–", (one) => of(one)?.value ?? -1);
    });
    group(table, "Open threats by layer", agents);
    agents[0].layers.forEach((layer) => {
      const of = (one) => one.layers.find((l) => l.id === layer.id);
      line(table, layer.id === "XL" ? layer.name : `${layer.id} ${layer.name}`, agents, (one) => [`${of(one).open} `, of(one).worst ? severity(of(one).worst) : "", of(one).certain ? "" : " (not certain)"], (one) => of(one).open);
    });
    group(table, "Tools by class", agents);
    CLASSES.forEach((name) => {
      const of = (one) => one.tools.filter((tool) => tool.class === name).length;
      line(table, name, agents, (one) => String(of(one)), of);
    });
    group(table, "Threats that not all have", agents);
    const all = agents.map(threatsOf);
    const titles = new Map(all.flatMap((one) => [...one.values()].map((t) => [t.id, t.title])));
    const only = [...titles.keys()].filter((id) => !all.every((one) => one.has(id))).sort();
    only.forEach((id) => line(table, titles.get(id), agents, (one) => severity(all[agents.indexOf(one)].get(id)?.severity)));
    if (!only.length) table.append(make("tr", {}, make("td", { colSpan: agents.length + 1, textContent: "The same threats are open in all of them." })));
    const caption = make("caption", { className: "vh", textContent: `Comparison of ${agents.map((one) => one.agent.name).join(", ")}` });
    place.replaceChildren(make("table", { className: "versus" }, caption, make("thead", {}, head), table));
    place.hidden = false;
  };

  const show = async () => {
    const wanted = KEYS.map((key) => ids.get($(key).value.trim()) ?? "").filter(Boolean);
    const unique = [...new Set(wanted)];
    history.replaceState(null, "", unique.length ? `?${new URLSearchParams(unique.map((id, n) => [KEYS[n], id]))}` : location.pathname);
    if (unique.length < 2) {
      place.hidden = true;
      status.textContent = unique.length ? "Choose a second agent." : "Choose two or three agents.";
      return;
    }
    try {
      draw(await Promise.all(unique.map((id) => read(`agents/${encodeURIComponent(id)}/agent.json`))));
      status.textContent = `Comparing ${unique.length} agents; the highest value of a row is bold.`;
    } catch { status.textContent = "An agent could not be loaded."; }
  };

  read("api/index.json").then((data) => {
    const id = data.columns.indexOf("id"), name = data.columns.indexOf("name");
    const seen = new Map();
    for (const row of data.agents) seen.set(row[name], (seen.get(row[name]) ?? 0) + 1);
    for (const row of data.agents) {
      const shown = seen.get(row[name]) > 1 ? `${row[name]} (${row[id]})` : row[name];
      names.set(row[id], shown);
      ids.set(shown, row[id]);
    }
    $("agents").append(...[...ids.keys()].sort().map((value) => make("option", { value })));
    const query = new URLSearchParams(location.search);
    for (const key of KEYS) {
      $(key).value = names.get(query.get(key) ?? "") ?? "";
      $(key).addEventListener("change", show);
    }
    $("picker").addEventListener("submit", (event) => { event.preventDefault(); show(); });
    $("picker").hidden = false;
    return show();
  }).catch(() => { status.textContent = "The index could not be loaded: a browser takes it from a web server, not from a folder."; });
})();
