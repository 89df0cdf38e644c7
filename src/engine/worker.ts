import { expose } from 'comlink';
import { Laboratory } from './laboratory.ts';

expose(new Laboratory());
