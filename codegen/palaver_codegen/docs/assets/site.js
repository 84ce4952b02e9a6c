// What a page does beyond being read. Without it everything is there, in the order of the page.
(() => {
  "use strict";
  const root = document.documentElement;
  const at = root.dataset.root;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const say = (text) => { one("#said").textContent = text; };
  const kept = {
    get(key) { try { return localStorage.getItem(`palaver.${key}`); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(`palaver.${key}`, value); } catch { /* nothing is kept */ } },
  };

  // Dark or light.
  const theme = one("button.theme");
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const told = () => theme.setAttribute("aria-pressed", String(dark()));
  theme.hidden = false;
  told();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", told);
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    kept.set("theme", root.dataset.theme);
    try { localStorage.setItem("redoc.colorMode", root.dataset.theme); } catch { /* nothing is kept */ }
    told();
  });

  // The contents, where there is no room for them beside the page.
  const menu = one("button.menu");
  const side = one("#side");
  const open = (yes) => {
    document.body.classList.toggle("open", yes);
    menu?.setAttribute("aria-expanded", String(yes));
  };
  if (menu && side) {
    menu.hidden = false;
    menu.addEventListener("click", () => {
      open(!document.body.classList.contains("open"));
      if (document.body.classList.contains("open")) one("a", side)?.focus();
    });
    side.addEventListener("click", (event) => { if (event.target.closest("a")) open(false); });
    one("#content").addEventListener("click", () => open(false));
  }

  // Where one is.
  const entries = new Map(all(".entries a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const seen = new Set();
  let here = null;
  const mark = () => {
    const first = [...entries.keys()].find((id) => seen.has(id));
    if (!first || entries.get(first) === here) return;
    here?.classList.remove("here");
    here?.removeAttribute("aria-current");
    here = entries.get(first);
    here.classList.add("here");
    here.setAttribute("aria-current", "location");
    const box = side.getBoundingClientRect();
    const line = here.getBoundingClientRect();
    if (line.top < box.top + 40 || line.bottom > box.bottom - 40) side.scrollTop += line.top - box.top - box.height / 3;
  };
  if (entries.size) {
    const watch = new IntersectionObserver((changes) => {
      for (const change of changes) seen[change.isIntersecting ? "add" : "delete"](change.target.id);
      mark();
    }, { rootMargin: "-90px 0px -55% 0px" });
    for (const id of entries.keys()) { const target = document.getElementById(id); if (target) watch.observe(target); }
  }

  // Languages: one choice for all snippets.
  const tabs = all("[data-tabs]");
  const choose = (language) => {
    for (const box of tabs) {
      for (const tab of all("[role=tab]", box)) {
        const chosen = tab.dataset.language === language;
        tab.setAttribute("aria-selected", String(chosen));
        tab.tabIndex = chosen ? 0 : -1;
        document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
      }
    }
  };
  choose(kept.get("language") === "py" ? "py" : "ts");
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (!tab) return;
    // What is above changes its height: the tab stays where it is.
    const before = tab.getBoundingClientRect().top;
    kept.set("language", tab.dataset.language);
    choose(tab.dataset.language);
    scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[role=tab]");
    if (!tab || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    const row = all("[role=tab]", tab.parentElement);
    const step = { ArrowLeft: row.indexOf(tab) - 1, ArrowRight: row.indexOf(tab) + 1, Home: 0, End: row.length - 1 }[event.key];
    const next = row[(step + row.length) % row.length];
    event.preventDefault();
    next.click();
    next.focus();
  });

  // Copying code, and links to what one reads.
  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* the old way, then */ }
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  for (const button of all("button.copy")) button.hidden = false;
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    const link = event.target.closest("[data-copy-link]");
    if (button) {
      const shown = all("pre", button.closest(".code")).find((each) => each.offsetParent);
      const done = await copy(shown.innerText);
      const label = button.firstChild;
      label.textContent = done ? "Copied" : "Not allowed";
      say(label.textContent);
      setTimeout(() => { label.textContent = "Copy"; }, 1600);
    } else if (link) {
      say(await copy(link.href) ? "Link copied" : "");
    }
  });

  // What a link leads to is shown, however deep it is folded.
  const unfold = () => {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { /* no such thing */ }
    for (let each = target?.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();
  // A drawing is wider than a telephone; words are not.
  if (matchMedia("(max-width: 36rem)").matches) for (const each of all(".flow figcaption details")) each.open = true;
  addEventListener("beforeprint", () => { for (const each of all("details")) each.open = true; });

  // The search. Its index is a script, as pages that are files may not fetch anything.
  const dialog = one("dialog.search");
  const input = one("input", dialog);
  const results = one("#results");
  const none = one(".none", dialog);
  const MOST = 40;
  const KINDS = { event: 9, endpoint: 8, call: 8, error: 4 };
  let items = null;
  let chosen = -1;

  const load = () => new Promise((resolve) => {
    if (items) return resolve();
    const script = document.createElement("script");
    script.src = `${at}assets/search.js`;
    script.onload = () => { items = globalThis.palaverSearch; resolve(); };
    script.onerror = () => { none.textContent = "The index could not be read."; };
    document.head.append(script);
  });

  const worth = (item, token) => {
    const name = item.name.toLowerCase();
    if (name === token) return 100;
    if (name.startsWith(token)) return 70;
    const place = name.indexOf(token);
    if (place > 0) return /[a-z0-9]/.test(name[place - 1]) ? 30 : 50;
    if (` ${item.words}`.toLowerCase().includes(` ${token}`)) return 20;
    if (item.text.toLowerCase().includes(token)) return 12;
    if (item.words.toLowerCase().includes(token) || item.kind.includes(token) || item.where === token) return 6;
    return 0;
  };
  const found = (query) => {
    const tokens = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!tokens.length) return [];
    const ranked = [];
    for (const item of items) {
      const each = tokens.map((token) => worth(item, token));
      if (each.every(Boolean)) ranked.push([each.reduce((sum, one) => sum + one, 0) + (item.where === root.dataset.dialect ? 40 : 0) + (KINDS[item.kind] ?? 0), item]);
    }
    return ranked.sort((a, b) => b[0] - a[0]).slice(0, MOST).map(([, item]) => item);
  };
  const part = (name, text) => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    return span;
  };
  const pick = (index) => {
    const rows = all("li", results);
    rows[chosen]?.setAttribute("aria-selected", "false");
    chosen = rows.length ? (index + rows.length) % rows.length : -1;
    rows[chosen]?.setAttribute("aria-selected", "true");
    rows[chosen]?.scrollIntoView({ block: "nearest" });
    if (chosen < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", rows[chosen].id);
  };
  const show = () => {
    const query = input.value.trim();
    const hits = found(query);
    results.replaceChildren(...hits.map((item, index) => {
      const row = document.createElement("li");
      row.id = `result-${index}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", "false");
      row.dataset.href = at + item.href;
      row.append(part("kind", item.kind), part("name", item.name), part("where", item.where));
      if (item.text) row.append(part("text", item.text));
      return row;
    }));
    input.setAttribute("aria-expanded", String(hits.length > 0));
    none.textContent = query && !hits.length ? `Nothing is called “${query}”.` : "";
    pick(0);
  };
  const go = (row) => {
    if (!row) return;
    dialog.close();
    location.href = row.dataset.href;
  };
  const search = async () => {
    if (dialog.open) return;
    open(false);
    dialog.showModal();
    input.select();
    await load();
    show();
  };
  one("button.find").hidden = false;
  one("button.find").addEventListener("click", search);
  input.addEventListener("input", async () => { await load(); show(); });
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) { event.preventDefault(); pick(chosen + steps[event.key]); }
    if (event.key === "Enter") { event.preventDefault(); go(all("li", results)[chosen]); }
  });
  results.addEventListener("click", (event) => go(event.target.closest("li")));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if ((event.key === "/" && !typing) || (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey))) {
      event.preventDefault();
      search();
    }
    if (event.key === "Escape" && document.body.classList.contains("open")) { open(false); menu?.focus(); }
  });
})();
