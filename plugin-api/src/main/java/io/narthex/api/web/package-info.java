/** HTTP endpoints, pages and further listeners. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.web;
