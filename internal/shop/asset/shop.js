// The pages are whole without this. It adds the phone's own share sheet, opens the filters where there is room for them, and
// sends a form once however often its button is pressed.
(() => {
  "use strict";
  const canonical = document.querySelector('link[rel="canonical"]');
  const share = async (button) => {
    const url = canonical && !location.search ? canonical.href : location.href;
    if (navigator.share) {
      try {
        await navigator.share({ title: document.title, url });
      } catch {
        // The person has closed the sheet.
      }
      return;
    }
    try {
      await navigator.clipboard.writeText(url);
    } catch {
      return; // the browser did not allow it: the address still stands in its own bar
    }
    const text = button.querySelector("span");
    const before = text.textContent;
    button.setAttribute("aria-live", "polite");
    text.textContent = "Link copied";
    setTimeout(() => { text.textContent = before; }, 2000);
  };
  for (const button of document.querySelectorAll("[data-share]")) {
    button.hidden = !navigator.share && !navigator.clipboard;
    button.addEventListener("click", () => share(button));
  }
  for (const form of document.querySelectorAll('form[method="post"]')) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
      setTimeout(() => { delete form.dataset.sent; }, 3000); // the network may have lost it
    });
    addEventListener("pageshow", () => { delete form.dataset.sent; });
  }
  const filters = document.querySelector("details.filters");
  if (filters && matchMedia("(min-width: 900px)").matches) {
    filters.open = true;
  }
})();
