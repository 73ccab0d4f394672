// SPDX-License-Identifier: Apache-2.0
package org.jopil.config.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of {@link DeployGuard}. */
@ObjectClassDefinition(name = "Deployment", description = "Which bundles DATA/deploy takes")
@interface DeployConfig {
    @AttributeDefinition(
            name = "Trusted signers",
            description =
                    "SHA-256 fingerprints of certificates, separated by commas, as 'keytool -printcert' shows them: a bundle is"
                            + " taken only if one of them signed all of it. Empty: any bundle is. Bundles that run already stay",
            required = false)
    String[] trusted__signers() default {};
}
