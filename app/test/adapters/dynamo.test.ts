import { tableContract } from '../contract/table-contract.ts';
import { tableModel } from '../contract/table-model.ts';
import { dynamoTable } from '../support/tables.ts';

tableContract('DynamoDB', dynamoTable);
tableModel('DynamoDB', dynamoTable, 30);
