// Puts a copy button beside each whole policy. Without it a click on the policy marks all of it.
for (const whole of document.querySelectorAll("details.whole")) {
  const text = whole.querySelector("pre");
  const button = document.createElement("button");
  const named = document.createElement("span");
  named.className = "vh";
  named.textContent = ` the ${text.getAttribute("aria-label").replace("Policy", "policy")}`;
  const say = (words) => button.replaceChildren(words, named);
  button.type = "button";
  button.className = "copy";
  say("Copy");
  button.addEventListener("click", async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      whole.open = true;
      getSelection().selectAllChildren(text);
      done = document.execCommand("copy");
    }
    say(done ? "Copied" : "Press Ctrl+C to copy");
    if (done) setTimeout(() => say("Copy"), 2000);
  });
  whole.before(button);
}
