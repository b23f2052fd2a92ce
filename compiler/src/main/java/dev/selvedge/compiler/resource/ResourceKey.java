// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resource;

/** What identifies a resource: its type, its xDS name, and for whom it is compiled. */
public record ResourceKey(ResourceType type, String name, Context context) {}
