/** The data model: labels, matchers, samples, native histograms, exemplars, metadata. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.model;
