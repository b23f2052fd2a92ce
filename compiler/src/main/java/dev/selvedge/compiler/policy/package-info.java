// SPDX-License-Identifier: Apache-2.0
<<<<<<< HEAD
/** One folder for each policy: what is checked of it, its part of the model, its part of Envoy. */
=======
/** What one object alone can get wrong; and, a package each, the policies. */
>>>>>>> f4908e9 (Resolve services, workloads and destinations (in progress))
@NullMarked
package dev.selvedge.compiler.policy;

import org.jspecify.annotations.NullMarked;
