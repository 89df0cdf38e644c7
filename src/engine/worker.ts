import { expose } from 'comlink';
import { Laboratory } from './laboratory.ts';

const laboratory = new Laboratory();

/**
 * Events and answers travel on two message ports, and nothing orders one port against another. A command therefore answers only when
 * every event that it caused has reached the page: who awaits it sees the facts that belong to it.
 */
const door = new Proxy(laboratory, {
  get(target, name) {
    const member: unknown = Reflect.get(target, name);
    if (typeof member !== 'function') return member;
    return async (...args: readonly unknown[]): Promise<unknown> => {
      try {
        return await Reflect.apply(member, target, args);
      } finally {
        await target.delivered();
      }
    };
  },
});

expose(door);
