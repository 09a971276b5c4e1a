// The page of all tools: a search over names, agents and effects.
(() => {
  const SHOWN = 100;
  const $ = (id) => document.getElementById(id);
  const table = $("list"), status = $("status");
  let tools = null, loading = null, timer = 0;

  const make = (tag, props = {}, ...children) => {
    const one = Object.assign(document.createElement(tag), props);
    one.append(...children);
    return one;
  };

  const load = () => loading ??= fetch("../api/tools.json").then((answer) => {
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.json();
  }).then((data) => {
    tools = data.agents.flatMap(([id, title, own]) => own.map(([name, file, kind, , , effect]) => (
      { id, title, name, file, kind, effect, text: `${name} ${title} ${effect} ${kind}`.toLowerCase() })));
  });

  const row = (one) => make("tr", {},
    make("th", { scope: "row" }, make("a", { href: `../agents/${one.id}/tools/${one.file}.html` },
      make("code", { className: "l", textContent: one.name }))),
    make("td", {}, make("a", { href: `../agents/${one.id}/index.html`, textContent: one.title })),
    make("td", { textContent: one.kind }), make("td", { textContent: one.effect }));

  const show = async () => {
    try { await load(); } catch { status.textContent = "The index could not be loaded: a browser takes it from a web server, not from a folder."; return; }
    const words = $("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? tools.filter((one) => words.every((word) => one.text.includes(word))) : [];
    table.tBodies[0].replaceChildren(...found.slice(0, SHOWN).map(row));
    table.hidden = found.length === 0;
    const part = found.length > SHOWN ? `, the first ${SHOWN} shown` : "";
    status.textContent = words.length ? `${found.length.toLocaleString("en")} ${found.length === 1 ? "tool" : "tools"}${part}.` : "";
    history.replaceState(null, "", words.length ? `?q=${encodeURIComponent($("q").value.trim())}` : location.pathname);
  };

  $("search").hidden = false;
  $("q").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 150); });
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) { $("q").value = asked; show(); }
})();
