// Before anything is painted: the theme that was chosen here before, else that of the system.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("palaver.theme");
    // Redoc's pages follow.
    if (chosen) localStorage.setItem("redoc.colorMode", chosen);
  } catch { /* a browser that keeps nothing */ }
  if (chosen) document.documentElement.dataset.theme = chosen;
  document.documentElement.classList.add("scripted");
})();
