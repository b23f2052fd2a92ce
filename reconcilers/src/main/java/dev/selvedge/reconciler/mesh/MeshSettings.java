// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

/**
 * Where the operator runs.
 *
 * @param namespace the operator's own
 * @param service its Service, which the webhooks are reached by
 * @param image its image, which the rotation Job runs with another command
 */
public record MeshSettings(String namespace, String service, String image) {}
