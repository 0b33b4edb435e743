// What BullMQ does with the work of the agents' benchmark. Arguments: port of Redis, part, more of the part.
// Prints one line of JSON with its figures.
import { Queue, Worker } from 'bullmq';

const [port, part, ...more] = process.argv.slice(2);
const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };
const name = 'bench-' + part;
const now = () => Number(process.hrtime.bigint());
const percentile = (values, rank) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.round((rank / 100) * (sorted.length - 1)))];
};

async function drain(queue, tasks) {
  let done = 0;
  let finished;
  const end = new Promise((resolve) => (finished = resolve));
  const worker = new Worker(name, async () => 0, { connection, concurrency: 100, autorun: false });
  await worker.waitUntilReady();
  worker.on('completed', () => { if (++done === tasks) finished(); });
  const start = now();
  worker.run();
  await end;
  const rate = (tasks / (now() - start)) * 1e9;
  await worker.close();
  return rate;
}

async function addBulk(queue, tasks) {
  for (let i = 0; i < tasks; i += 500) {
    await queue.addBulk(Array.from({ length: 500 }, (_, k) => ({ name: 'work', data: { n: i + k } })));
  }
}

async function throughput(tasks, singles) {
  const queue = new Queue(name, { connection });
  for (let i = 0; i < 500; i++) await queue.add('warm', { n: i });
  await addBulk(queue, 5000);
  await drain(queue, 5500);
  let start = now();
  for (let i = 0; i < singles; i++) await queue.add('work', { n: i });
  const single = (singles / (now() - start)) * 1e9;
  start = now();
  await addBulk(queue, tasks);
  const bulk = (tasks / (now() - start)) * 1e9;
  console.log(JSON.stringify({ single, bulk, drain: await drain(queue, tasks + singles) }));
}

async function pickup(samples) {
  const queue = new Queue(name, { connection });
  const times = [];
  let got;
  const worker = new Worker(name, async (job) => { times.push((now() - job.data.at) / 1e6); got(); }, { connection });
  await worker.waitUntilReady();
  for (let i = 0; i < samples; i++) {
    const arrived = new Promise((resolve) => (got = resolve));
    await queue.add('work', { at: now() });
    await arrived;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const measured = times.slice(Math.min(50, samples / 2));
  console.log(JSON.stringify({ p50: percentile(measured, 50), p99: percentile(measured, 99) }));
}

// Works until it is killed; prints the monotonic clock when it begins a task.
async function work(lock, stalled) {
  const options = { connection };
  if (lock !== undefined) Object.assign(options, { lockDuration: Number(lock), stalledInterval: Number(stalled) });
  const worker = new Worker('bench-failover', async () => {
    console.log('started ' + now());
    await new Promise((resolve) => setTimeout(resolve, 600000));
  }, options);
  await worker.waitUntilReady();
  console.log('ready');
}

async function idle() {
  const worker = new Worker(name, async () => 0, { connection });
  await worker.waitUntilReady();
  console.log('ready');
}

if (part === 'throughput') await throughput(Number(more[0]), Number(more[1]));
else if (part === 'pickup') await pickup(Number(more[0]));
else if (part === 'add') await new Queue('bench-failover', { connection }).add('work', {});
else if (part === 'work') { await work(...more); await new Promise(() => {}); }
else if (part === 'idle') { await idle(); await new Promise(() => {}); }
process.exit(0);
