/**
 * Configuration: sections owned by plugins, flags, and the scalar types that configurations use.
 */
@org.jspecify.annotations.NullMarked
package io.narthex.api.config;
