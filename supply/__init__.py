"""What others made and the image holds: the bill of materials and its licences. No part of the product."""
