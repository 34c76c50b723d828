export { stopEngines as default } from './engines.js';
