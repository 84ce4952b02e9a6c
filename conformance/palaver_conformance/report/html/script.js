"use strict";
(() => {
  const cards = [...document.querySelectorAll(".card")];
  const form = document.querySelector(".filter");
  const query = document.getElementById("query");
  const capability = document.getElementById("capability");
  const verdicts = [...form.querySelectorAll("[name=verdict]")];
  const texts = new Map(cards.map((card) => [card, said(card)]));

  // What a scenario is found by: all but its wire log.
  function said(card) {
    const parts = card.querySelectorAll("summary .title, summary .id, summary .case, .requirement, .evidence, .tags *");
    return [...parts].map((part) => part.textContent).join(" ").toLowerCase();
  }

  function filter() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = verdicts.filter((box) => box.checked).map((box) => box.value);
    let found = 0;
    for (const card of cards) {
      const fits =
        words.every((word) => texts.get(card).includes(word)) &&
        (!wanted.length || wanted.includes(card.dataset.verdict)) &&
        (!capability.value || capability.value === card.dataset.capability);
      card.hidden = !fits;
      found += fits;
    }
    for (const section of document.querySelectorAll("section.capability")) {
      section.hidden = !section.querySelector(".card:not([hidden])");
    }
    document.querySelector(".nothing").hidden = found > 0;
    document.getElementById("found").textContent =
      found === cards.length ? `${found} scenarios` : `${found} of ${cards.length} scenarios`;
  }

  function reset() {
    form.reset();
    filter();
  }

  // Open what the address leads to, and everything around it.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const around = target.closest(".card") || target.closest("section.capability");
    if (around && (around.hidden || around.closest("[hidden]"))) reset();
    for (let each = target; each; each = each.parentElement) {
      if (each.tagName === "DETAILS") each.open = true;
    }
    target.scrollIntoView();
    const summary = target.matches(".card") && target.querySelector("summary");
    if (summary) summary.focus({ preventScroll: true });
  }

  function step(way) {
    const problems = cards.filter((card) => "problem" in card.dataset && !card.hidden);
    if (!problems.length) return;
    const at = problems.findIndex((card) => card.contains(document.activeElement));
    const next = at < 0 && way < 0 ? problems.length - 1 : (at + way + problems.length) % problems.length;
    problems[next].open = true;
    problems[next].scrollIntoView();
    problems[next].querySelector("summary").focus({ preventScroll: true });
  }

  function pretty(text) {
    const start = text.search(/[[{]/);
    if (start < 0) return text;
    try {
      return text.slice(0, start) + "\n" + JSON.stringify(JSON.parse(text.slice(start)), null, 2);
    } catch {
      return text;
    }
  }

  // A step of a diagram shows the whole packet beneath it, where without this it leads to the log.
  function show(row) {
    const entry = document.getElementById(row.getAttribute("href").slice(1));
    const diagrams = row.closest(".diagrams");
    const frame = diagrams.querySelector(".frame");
    const part = (name) => entry.querySelector(name).textContent;
    frame.querySelector("h4").textContent = `${part(".at")} s  ${part(".who")} ${part(".way")}`;
    frame.querySelector("pre").textContent = pretty(part("code")).trim();
    for (const other of diagrams.querySelectorAll(".row.shown")) other.classList.remove("shown");
    row.classList.add("shown");
    frame.hidden = false;
  }

  function close(frame) {
    frame.hidden = true;
    const row = frame.closest(".diagrams").querySelector(".row.shown");
    if (row) row.classList.remove("shown");
  }

  document.addEventListener("click", (event) => {
    const row = event.target.closest("a.row");
    if (row && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      show(row);
    }
    const button = event.target.closest(".frame button");
    if (button) close(button.closest(".frame"));
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const frames = [...document.querySelectorAll(".frame:not([hidden])")];
      if (frames.length) frames.forEach(close);
      else reset();
      if (document.activeElement === query) query.blur();
    } else if (!event.target.matches("input:not([type=checkbox]), select")) {
      if (event.key === "/") {
        event.preventDefault();
        query.focus();
      } else if (event.key === "n") step(1);
      else if (event.key === "p") step(-1);
    }
  });

  // On paper, what failed is open.
  window.addEventListener("beforeprint", () => {
    for (const card of cards) if ("problem" in card.dataset) card.open = true;
  });

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", reveal);
  filter();
  reveal();
})();
