// <aivss-score agent="ID">: frames the card of an agent of the catalogue that this script comes from.
(() => {
  const site = new URL("./", document.currentScript?.src ?? document.baseURI);
  const name = "aivss-score";
  if (customElements.get(name)) return;
  customElements.define(name, class extends HTMLElement {
    static observedAttributes = ["agent"];
    connectedCallback() { this.draw(); }
    attributeChangedCallback() { if (this.isConnected) this.draw(); }
    draw() {
      const agent = this.getAttribute("agent");
      if (!agent) return;
      const frame = document.createElement("iframe");
      frame.src = new URL(`agents/${encodeURIComponent(agent)}/card.html`, site);
      frame.title = `AIVSS of ${agent}`;
      frame.width = 420;
      frame.height = 160;
      // Through the object model, so that a page's content security policy need not allow inline styles.
      Object.assign(frame.style, { border: "0", maxWidth: "100%" });
      (this.shadowRoot ?? this.attachShadow({ mode: "open" })).replaceChildren(frame);
    }
  });
})();
