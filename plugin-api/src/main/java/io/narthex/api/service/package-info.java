/** Background parts of the process. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.service;
