// <aivss-score>: a score with its range and a link to the rationale. Static; makes no request.
// Attribute `agent` chooses where a page loads the scripts of several agents; alone it may be left out.
(() => {
  const cards = globalThis.aivssScores ??= new Map();
  cards.set(__KEY__, { card: __CARD__, base: document.currentScript?.src ?? document.baseURI });
  const name = "aivss-score";
  if (!customElements.get(name)) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(__STYLE__);
    customElements.define(name, class extends HTMLElement {
      static observedAttributes = ["agent"];
      connectedCallback() { this.draw(); }
      attributeChangedCallback() { if (this.isConnected) this.draw(); }
      draw() {
        const found = this.hasAttribute("agent") ? cards.get(this.getAttribute("agent")) : cards.values().next().value;
        if (!found) return;
        const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
        // Styles go in as objects, so that a page's content security policy need not allow inline ones.
        root.adoptedStyleSheets = [sheet];
        root.innerHTML = found.card;
        for (const one of root.querySelectorAll("[data-s]")) one.style.cssText = one.dataset.s;
        for (const link of root.querySelectorAll("a")) link.href = new URL(link.getAttribute("href"), found.base);
      }
    });
  } else document.querySelectorAll(name).forEach((one) => one.draw?.());
})();
