// A line above the panel: what happened, what was kept, and what can be done.

const place = document.getElementById('notice');

export function tell(words, retryWords, retry) {
  const line = document.createElement('div');
  line.className = 'notice';
  const text = document.createElement('span');
  text.textContent = words;
  line.append(text);
  if (retry) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button small';
    button.textContent = retryWords;
    button.addEventListener('click', () => { hush(); retry(); });
    line.append(button);
  }
  place.replaceChildren(line);
}

export function hush() {
  place.replaceChildren();
}
