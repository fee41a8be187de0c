/**
 * netstat by a user who is not root: it names the programs that are the user's own, and says that
 * there may be others.
 */
import { scenario, seconds } from 'tcpetri';

export default scenario(
  'walkthroughs/student',
  { summary: 'netstat by a user who may not see all' },
  ({ network, report }) => {
    const host = network.host('ubuntu');
    const listen = (name: string, port: number, user: string): void => {
      host.run(
        name,
        async (process) => {
          const listener = process.socket('stream');
          listener.bind(port);
          listener.listen();
          await listener.accept();
          await process.sleep(seconds(60));
        },
        { user, daemon: true },
      );
    };
    listen('sshd', 22, 'root');
    listen('server', 12345, 'student');
    host.run(
      'client',
      async (process) => {
        await process.socket('stream').connect({ address: '127.0.0.1', port: 12345 });
        await process.sleep(seconds(2));
      },
      { user: 'student' },
    );

    host.run('student', async (process) => {
      await process.sleep(seconds(1));
      const job = host.login('student').start('netstat -antp');
      await job.ended;
      report(job.output.trimEnd());
    });
  },
);
