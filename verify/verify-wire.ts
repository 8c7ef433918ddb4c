// `npm run verify:wire`: packages/wire against the binary inputs of protobuf's own conformance suite, recorded in corpus/: the suite's
// verdict on every input, and identical bytes from the tree and from Protoscope text. One line a claim, one of totals; exits non-zero when
// a claim does not hold.
import { scoreConformance } from "./conformance.ts";

const { suite, inputs, rejected, scores } = scoreConformance();
console.log(`${suite}: ${inputs} binary inputs, ${rejected} of them to reject`);
let [passed, failed] = [0, 0];
for (const [claim, score] of Object.entries(scores)) {
  for (const line of score.failures.slice(0, 20)) console.log(`  ${line}`);
  console.log(`${claim}: ${score.passed} of ${inputs}`);
  passed += score.passed;
  failed += inputs - score.passed;
}
console.log(`verify:wire: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && inputs > 0 ? 0 : 1);
