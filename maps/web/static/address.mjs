// What the page shows is in its address: ?division= or ?line= or ?q=, and ?at= when it is not today.
// The hash holds the view of the map and belongs to MapLibre.

export function readChoice() {
  const query = new URLSearchParams(location.search);
  for (const kind of ['division', 'line', 'q']) {
    if (query.get(kind)) return { kind, id: query.get(kind) };
  }
  return { kind: 'start', id: '' };
}

/** Read a choice as it stands in data-go: "division:370900", "line:<id>", "start". */
export function parseGo(go) {
  const [kind, ...rest] = go.split(':');
  return { kind, id: rest.join(':') };
}

export function makeQuery(choice, at) {
  const query = new URLSearchParams();
  if (choice.kind !== 'start') query.set(choice.kind, choice.id);
  if (at) query.set('at', at);
  return query;
}

export function sameChoice(one, other) {
  return one.kind === other.kind && one.id === other.id;
}
