// Runs before the first paint (a classic script in <head>), so that a page never flashes in the wrong theme.
// `data-theme` is always explicit, light or dark; what the user chose (or "auto") is kept in local storage.
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => {
    try {
      return localStorage.getItem('narthex.theme') ?? 'auto';
    } catch {
      return 'auto'; // storage is blocked
    }
  };
  const apply = () => {
    const choice = chosen();
    document.documentElement.dataset.theme =
      choice === 'light' || choice === 'dark' ? choice : dark.matches ? 'dark' : 'light';
    document.dispatchEvent(new Event('narthex:theme'));
  };
  dark.addEventListener('change', apply);
  document.addEventListener('narthex:apply-theme', apply);
  apply();
})();
