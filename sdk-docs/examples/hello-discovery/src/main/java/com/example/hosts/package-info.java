/** Finds targets in files of hosts. {@link com.example.hosts.HelloDiscoveryProvider} first. */
@org.jspecify.annotations.NullMarked
package com.example.hosts;
