"use strict";
// One language is shown at a time; whoever draws by itself listens for "language".
(() => {
  const show = (language) => {
    document.documentElement.lang = language;
    for (const part of document.querySelectorAll(".lang")) part.hidden = part.lang !== language;
    for (const button of document.querySelectorAll("[data-language]"))
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    const title = document.querySelector(`meta[name="title-${language}"]`);
    if (title) document.title = title.content;
    document.dispatchEvent(new CustomEvent("language", { detail: language }));
  };
  for (const button of document.querySelectorAll("[data-language]"))
    button.addEventListener("click", () => show(button.dataset.language));
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
})();
