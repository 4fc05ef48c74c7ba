/** The worked examples of the plugin author's guide that are no plugins of their own. */
@org.jspecify.annotations.NullMarked
package com.example.extensions;
