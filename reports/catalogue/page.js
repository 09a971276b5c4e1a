// On every page: copy buttons, the switch between policy formats, and what only a reader's day or address tells.
(() => {
  const root = new URL(document.documentElement.dataset.root || "./", location.href);
  const notices = document.getElementById("notices");
  const stale = document.documentElement.dataset.stale;

  if (notices && stale && new Date().toISOString().slice(0, 10) >= stale && !notices.querySelector("[data-stale]")) {
    const note = document.createElement("p");
    note.className = "notice";
    note.dataset.stale = "";
    const head = document.createElement("b");
    head.textContent = "This assessment is stale.";
    note.append(head, ` It went stale on ${stale}; what it says may no longer hold.`);
    notices.prepend(note);
  }

  // A site that was built without its address learns it here.
  for (const text of document.querySelectorAll("[data-address]")) {
    text.textContent = text.textContent.replaceAll("https://catalogue.example/", root.href);
  }

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      field.className = "vh";
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    const words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copied(document.getElementById(button.dataset.copy).textContent);
      button.textContent = done ? "Copied" : "Press Ctrl+C to copy";
      if (done) setTimeout(() => { button.textContent = words; }, 2000);
      button.focus();
    });
  }

  const tabs = document.getElementById("formats");
  tabs?.addEventListener("click", async (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const answer = await fetch(link.href);
    if (!answer.ok) { location.href = link.href; return; }
    document.getElementById("policy-text").textContent = await answer.text();
    document.getElementById("policy-says").textContent = link.dataset.says;
    document.getElementById("policy-file").href = link.href;
    for (const other of tabs.querySelectorAll("a")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  });
})();
