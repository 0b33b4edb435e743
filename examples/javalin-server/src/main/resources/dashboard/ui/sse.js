// Reads Server-Sent Events from a fetch. EventSource would do it, too, but cannot send an Authorization header.

const LONGEST = 8 * 1024 * 1024;

/**
 * The events of a stream, as they come.
 *
 * @param {Response} response
 * @param {() => void} [alive] called whenever anything comes, comments included
 * @returns {AsyncGenerator<{name: string, data: any}>} `name` is "message" for an event without one; `data` is its JSON
 */
export async function* events(response, alive = () => {}) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    while (true) {
      const {value, done} = await reader.read();
      if (done) {
        return;
      }
      alive();
      rest += value;
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? "";
      if (rest.length > LONGEST) {
        throw new Error("an event of the stream has no end");
      }
      for (const block of blocks) {
        const event = parse(block);
        if (event) {
          yield event;
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // whoever stops listening closes the connection
  }
}

/** @param {string} block lines of one event; null when it has no data, as comments have none */
function parse(block) {
  let name = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "event") {
      name = value ?? "";
    } else if (field === "data") {
      data.push(value ?? "");
    }
  }
  return data.length === 0 ? null : {name, data: JSON.parse(data.join("\n"))};
}
