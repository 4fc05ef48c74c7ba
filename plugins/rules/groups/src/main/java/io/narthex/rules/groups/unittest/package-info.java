/**
 * Unit tests of rules, as {@code promtool test rules} runs them: the real groups over the real
 * engine and storage, in a time of their own. The door is {@link
 * io.narthex.rules.groups.unittest.RuleTests}.
 */
@org.jspecify.annotations.NullMarked
package io.narthex.rules.groups.unittest;
