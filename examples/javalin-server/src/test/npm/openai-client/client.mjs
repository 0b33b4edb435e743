// Asks as a program would that was written for OpenAI. Prints one JSON object.
import OpenAI from 'openai';

const [what] = process.argv.slice(2);
const client = new OpenAI({ baseURL: process.env.BASE_URL, apiKey: process.env.API_KEY, maxRetries: 0, timeout: 30_000 });
const messages = [{ role: 'user', content: 'Hi' }];
const tools = [{
  type: 'function',
  function: {
    name: 'temperature',
    description: 'The temperature of a room.',
    parameters: { type: 'object', properties: { room: { type: 'string' } }, required: ['room'] },
  },
}];

const asks = {
  async chat() {
    return await client.chat.completions.create({ model: 'auto', messages });
  },

  async stream() {
    const stream = await client.chat.completions.create(
        { model: 'auto', messages, stream: true, stream_options: { include_usage: true } });
    const seen = { text: '', roles: [], finish: null, usage: null, ids: [] };
    for await (const chunk of stream) {
      const choice = chunk.choices[0];
      seen.text += choice?.delta?.content ?? '';
      if (choice?.delta?.role) seen.roles.push(choice.delta.role);
      seen.finish = choice?.finish_reason ?? seen.finish;
      seen.usage = chunk.usage ?? seen.usage;
      if (!seen.ids.includes(chunk.id)) seen.ids.push(chunk.id);
    }
    return seen;
  },

  async tools() {
    const answer = await client.chat.completions.create({ model: 'auto', messages, tools });
    return answer.choices[0];
  },

  // the client's own helper puts the pieces together
  async streamedTools() {
    const answer = await client.chat.completions.stream({ model: 'auto', messages, tools }).finalChatCompletion();
    return answer.choices[0];
  },

  // asks for Base64 by itself and unpacks it
  async embed() {
    const answer = await client.embeddings.create({ model: 'auto', input: ['abc', 'a'] });
    return { vectors: answer.data.map((one) => Array.from(one.embedding)), usage: answer.usage };
  },

  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    const one = await client.models.retrieve(ids[1]);
    return { ids, one };
  },

  async abort() {
    const stream = await client.chat.completions.create({ model: 'auto', messages, stream: true });
    let pieces = 0;
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta?.content && ++pieces === 3) stream.controller.abort();
    }
    return { pieces };
  },
};

try {
  console.log(JSON.stringify(await asks[what]()));
} catch (error) {
  console.log(JSON.stringify({
    thrown: error.constructor.name, status: error.status, code: error.code, type: error.type, param: error.param,
    message: error.message, retryAfter: error.headers?.get?.('retry-after') ?? null,
  }));
}
