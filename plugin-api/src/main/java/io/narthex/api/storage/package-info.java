/** Where series live: appending, selecting, exemplars, administration. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.storage;
