// Deletes groups: the pages themselves are made by the server.

const problem = document.getElementById('problem');

/** @param {string} method @param {string} path @param {string} question */
async function change(method, path, question) {
  if (!confirm(question)) return;
  try {
    const response = await fetch(path, { method });
    if (!response.ok) throw new Error(`HTTP ${response.status} ${(await response.text()).trim()}`);
    location.reload();
  } catch (error) {
    problem.textContent = `Not deleted: ${error instanceof Error ? error.message : error}`;
    problem.hidden = false;
  }
}

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (!button) return;
  const { delete: group, wipe } = button.dataset;
  if (group) {
    event.preventDefault(); // the button stands in a summary, which would open or close
    const labels = [...(button.parentElement?.querySelectorAll('.series') ?? [])];
    const name = labels.map((label) => label.textContent).join(', ');
    change('DELETE', group, `Delete the group ${name} with all its metrics?`);
  } else if (wipe) {
    change('PUT', wipe, 'Delete all groups with all their metrics?');
  }
});
