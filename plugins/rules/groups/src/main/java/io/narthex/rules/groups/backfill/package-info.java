/** Makes blocks of what recording rules would have recorded, by asking a server about the past. */
@org.jspecify.annotations.NullMarked
package io.narthex.rules.groups.backfill;
