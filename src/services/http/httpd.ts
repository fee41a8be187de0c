/** `httpd [-p PORT]`: serves the host's files over HTTP until Ctrl-C, a line for each request. */
import { FileError, type Program } from '../../sim/index.ts';
import { SocketError, wordsOf } from '../../stack/index.ts';
import { serveHttp, type ServerResponse } from './server.ts';

const DEFAULT_PORT = 8000;

export const httpd: Program = async ({ process, streams, files }, words) => {
  const port = portOf(words);
  if (port === undefined) {
    streams.writeError('usage: httpd [-p port]\n');
    return 2;
  }
  const answer = (path: string): ServerResponse => {
    try {
      return { body: files.read(decodeURIComponent(path.slice(1))) };
    } catch (error) {
      if (!(error instanceof FileError || error instanceof URIError)) throw error;
      return { status: 404, body: `${path}: not found\n` };
    }
  };
  try {
    await serveHttp(
      process,
      ({ method, path, client }) => {
        const isRead = method === 'GET' || method === 'HEAD';
        const response = isRead ? answer(path) : { status: 405, body: `${method}: not here\n` };
        const { status = 200 } = response;
        streams.write(`${client?.address ?? ''} "${method} ${path}" ${status}\n`);
        return response;
      },
      { port },
    );
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    streams.writeError(`httpd: port ${port}: ${wordsOf(error.code)}\n`);
    return 1;
  }
  return 0;
};

function portOf([flag, text = '', ...more]: readonly string[]): number | undefined {
  if (flag === undefined) return DEFAULT_PORT;
  const isPort = flag === '-p' && /^\d{1,5}$/.test(text) && more.length === 0;
  const port = Number(text);
  return isPort && port > 0 && port <= 0xffff ? port : undefined;
}
