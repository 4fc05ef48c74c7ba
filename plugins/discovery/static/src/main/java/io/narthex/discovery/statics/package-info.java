/** static_configs: targets that are written in the configuration. */
@NullMarked
package io.narthex.discovery.statics;

import org.jspecify.annotations.NullMarked;
