// The page of coverage: how far the asked run is, with a way to cancel; done, it leads to the run.

const PAUSE_MS = 700;
const place = document.getElementById('job');
const say = (part, words) => { place.querySelector(`[data-say="${part}"]`).textContent = words; };
const headers = { 'Accept-Language': place?.dataset.lang };

async function follow() {
  try {
    const answer = await fetch(`/api/v1/jobs/${place.dataset.job}`, { headers });
    if (answer.ok) {
      const job = await answer.json();
      if (job.state === 'done') {
        location.replace(`/?run=${job.result.run_id}`);
        return;
      }
      place.querySelector('progress').value = job.progress;
      say('note', job.note);
      if (job.ended_at) {
        location.reload();
        return;
      }
    }
  } catch {
    // The service may be back at the next look.
  }
  setTimeout(follow, PAUSE_MS);
}

async function cancel(event) {
  event.currentTarget.disabled = true;
  const asked = { method: 'POST', headers: { ...headers, 'X-CSRF-Token': place.dataset.csrf } };
  await fetch(`/api/v1/jobs/${place.dataset.job}/cancel`, asked);
}

const button = place?.querySelector('[data-act="cancel"]');
if (button) {
  button.hidden = false;
  button.addEventListener('click', cancel);
  follow();
}
