"""Reference networks: published networks of the students' size, trained by the same recipe on the same pairs.

They were designed to double a picture's size. Crispen's input already has display size, so each works on the
pixel-unshuffled input: four channels instead of one channel of luma. Resolution and number of multiplications are thus
those of the published upscaler. Each predicts a residual that is zero before training, as the student does.
"""
