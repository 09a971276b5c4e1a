// <aivss-score>: a score with its range and a link to the rationale. Static; makes no request.
customElements.get("aivss-score") || customElements.define("aivss-score", class extends HTMLElement {
  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }).innerHTML = __CARD__;
  }
});
